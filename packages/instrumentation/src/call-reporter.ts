import {
  isProviderHost,
  LIVE_CALL_CONTEXT_KEY,
  REPORTED_INSIDE_ATTRIBUTE,
  type WireReport,
  wireReportAttributes,
} from '@costspan/semconv';
import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { genAiUsageAttributes } from './gen-ai-attributes.ts';
import { LeftOpenSpans } from './left-open-spans.ts';
import { callerContext, isOpen, openInferenceSpan, type OpenSpan } from './open-inference-span.ts';
import { requestModelOf, type WireCall } from './wire-call.ts';

/** What was put on another instrumentation's span, to be taken off again. */
interface Written {
  readonly span: OpenSpan;
  readonly keys: Set<string>;
}

/**
 * Puts what the wire told of a call on one span: that of another instrumentation if one is open for this very call,
 * else a span of our own.
 *
 * A span with several calls in it (an SDK that asks twice, a span that an application made around both) describes none
 * of them alone: from the second call on each gets a span of its own inside.
 */
export class CallReporter {
  readonly #tracer: () => Tracer;
  readonly #callOfSpan = new WeakMap<OpenSpan, WireCall>();
  readonly #writtenBy = new WeakMap<WireCall, Written>();
  readonly #finished = new WeakSet<WireCall>();
  /** Calls without an answer that are parts of what an open span tells of. */
  readonly #attempts = new WeakSet<WireCall>();
  readonly #leftOpen = new LeftOpenSpans((call) => {
    if (this.#writtenBy.has(call) || this.#attempts.has(call)) this.#moveInside(call);
  });

  constructor(tracer: () => Tracer) {
    this.#tracer = tracer;
  }

  /** Usage is known and more of the answer may come: the span around may be ended before. */
  update(call: WireCall): void {
    const span = this.#claim(call);
    if (span !== undefined) this.#write(call, span);
  }

  /** The exchange is over. */
  finish(call: WireCall): void {
    const written = this.#writtenBy.get(call);
    const around = written?.span ?? openInferenceSpan(call);
    if (around === undefined) {
      this.#writeOwnSpan(call);
      return;
    }
    this.#finished.add(call);
    if (written !== undefined) {
      // The span may have been ended after the usage was put on it, before the connection closed.
      if (isOpen(around)) this.#writeLast(call, around);
    } else if (tellsSomething(call)) {
      const span = this.#claim(call);
      if (span === undefined) this.#writeOwnSpan(call);
      else this.#writeLast(call, span);
    } else {
      // An attempt that was refused is a part of the call that the span around tells of, once that ends.
      this.#attempts.add(call);
      this.#leftOpen.add(call, around);
    }
  }

  /** Gives the calls spans of their own whose spans are still open. */
  flush(): void {
    this.#leftOpen.flush();
  }

  #writeLast(call: WireCall, span: OpenSpan): void {
    this.#write(call, span);
    this.#leftOpen.add(call, span);
  }

  /** The open span for the call, if it is for no other call; what another one told is then moved. */
  #claim(call: WireCall): OpenSpan | undefined {
    const span = openInferenceSpan(call);
    if (span === undefined) return undefined;
    const holder = this.#callOfSpan.get(span);
    if (holder === call) return span;
    if (holder?.answer.usage !== undefined) {
      this.#moveInside(holder);
      return undefined;
    }
    if (holder !== undefined) this.#release(holder);
    this.#callOfSpan.set(span, call);
    return span;
  }

  #write(call: WireCall, span: OpenSpan): void {
    const written = this.#writtenBy.get(call) ?? { span, keys: new Set<string>() };
    this.#writtenBy.set(call, written);
    const { attributes } = span;
    const own = wireReportAttributes(reportOf(call));
    for (const key in own) {
      attributes[key] = own[key];
      written.keys.add(key);
    }
    const conventional = answerAttributes(call);
    for (const key in conventional) {
      if (attributes[key] !== undefined && !written.keys.has(key)) continue;
      attributes[key] = conventional[key];
      written.keys.add(key);
    }
  }

  /** The span does not stand for the call, or not for it alone: the call gets one of its own inside. */
  #moveInside(call: WireCall): void {
    const written = this.#writtenBy.get(call);
    this.#release(call);
    if (written !== undefined && isOpen(written.span))
      written.span.attributes[REPORTED_INSIDE_ATTRIBUTE] = true;
  }

  /** Takes a call off the span that turned out not to be its own. */
  #release(call: WireCall): void {
    const written = this.#writtenBy.get(call);
    if (written !== undefined && isOpen(written.span)) {
      for (const key of written.keys) delete written.span.attributes[key];
    }
    this.#writtenBy.delete(call);
    if (this.#finished.has(call)) this.#writeOwnSpan(call);
  }

  #writeOwnSpan(call: WireCall): void {
    const { format, request } = call;
    const { operationName = format.operation } = format;
    const requestModel = requestModelOf(call);
    const model = requestModel ?? call.answer.responseModel;
    // These are what a sampler may decide by.
    const attributes: Attributes = {
      'gen_ai.operation.name': operationName,
      'gen_ai.provider.name': providerOf(call),
      'server.address': request.serverAddress,
    };
    put(attributes, 'gen_ai.request.model', requestModel);
    put(attributes, 'server.port', request.serverPort);
    const parent = callerContext(call.context);
    const span = this.#tracer().startSpan(
      model === undefined ? operationName : `${operationName} ${model}`,
      { kind: SpanKind.CLIENT, startTime: call.startMillis, attributes },
      call.live === undefined ? parent : parent.setValue(LIVE_CALL_CONTEXT_KEY, call.live),
    );
    if (span.isRecording()) {
      setAttributes(span, answerAttributes(call));
      setAttributes(span, wireReportAttributes(billedFacts(call)));
      if (call.errorType !== undefined) {
        span.setAttribute('error.type', call.errorType);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
    }
    span.end(call.startMillis + call.durationMillis);
  }
}

/** Straight onto the span's own attributes where it has them, which takes a third of the time of checking each. */
function setAttributes(span: Span, attributes: Attributes): void {
  if (isOpen(span)) Object.assign(span.attributes, attributes);
  else span.setAttributes(attributes);
}

function tellsSomething({ answer, usageMissing }: WireCall): boolean {
  return answer.usage !== undefined || usageMissing !== undefined;
}

/**
 * On another instrumentation's span the names of the provider and the model may be other ones. Where the provider is
 * only guessed, it knows better.
 */
function reportOf(call: WireCall): WireReport {
  const { request, answer } = call;
  const { responseModel, responseId } = answer;
  const provider = request.isProviderGuessed === true ? answer.provider : providerOf(call);
  return { ...billedFacts(call), provider, responseModel, responseId };
}

/** What the conventions have no names for. */
function billedFacts(call: WireCall): WireReport {
  const { answer, usageMissing } = call;
  return {
    serviceTier: answer.serviceTier,
    region: answer.region ?? call.request.pathFields['region'],
    conditions: answer.conditions,
    reportedCost: answer.reportedCost,
    usage: answer.usage,
    usageIncomplete: answer.usageIncomplete,
    answeredFromCache: answer.answeredFromCache,
    usageMissing: answer.isUsageFinal ? undefined : usageMissing,
    phases: isProviderHost(call.request.serverAddress) ? undefined : answer.phases,
  };
}

/** The host and the configuration tell more surely than the answer; a format alone is a guess. */
function providerOf({ request, format, answer }: WireCall): string {
  return request.provider === format.defaultProvider
    ? (answer.provider ?? request.provider)
    : request.provider;
}

/** What the answer tells in the names of the conventions. */
function answerAttributes({ format, answer, isStreamed, firstChunkMillis }: WireCall): Attributes {
  const attributes: Attributes = answer.usage === undefined ? {} : genAiUsageAttributes(answer.usage);
  put(attributes, 'gen_ai.response.model', answer.responseModel);
  put(attributes, 'gen_ai.response.id', answer.responseId);
  if (format.defaultProvider === 'openai')
    put(attributes, 'openai.response.service_tier', answer.serviceTier);
  if (answer.finishReasons !== undefined && answer.finishReasons.length > 0) {
    attributes['gen_ai.response.finish_reasons'] = [...answer.finishReasons];
  }
  if (isStreamed) attributes['gen_ai.request.stream'] = true;
  if (firstChunkMillis !== undefined) {
    attributes['gen_ai.response.time_to_first_chunk'] = firstChunkMillis / 1000;
  }
  for (const name in answer.serverTimings) put(attributes, name, answer.serverTimings[name]);
  return attributes;
}

function put(attributes: Attributes, key: string, value: string | number | undefined): void {
  if (value !== undefined) attributes[key] = value;
}
