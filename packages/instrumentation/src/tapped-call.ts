import type { Context } from '@opentelemetry/api';
import { type BodyReader, openBodyReader } from './body/body-reader.ts';
import { compileFields, type FieldTree } from './body/field-tree.ts';
import { openRequestReader, type RequestReader } from './body/request-reader.ts';
import type { CallTap, TapFailure } from './call-tap.ts';
import { LiveWireCall } from './live-wire-call.ts';
import type { MatchedRequest } from './match-request.ts';
import type { WireCall } from './wire-call.ts';
import type { AnswerReader, WireAnswer, WireFormat } from './wire-format.ts';

/** Where a call goes once something is known of it. */
export interface CallSink {
  /** The usage is known; the exchange goes on. */
  update(call: WireCall): void;
  /** The exchange is over, and a model was called. */
  finish(call: WireCall): void;
  failed(failure: TapFailure): void;
  /** The listening has ended, whether or not a model was called. */
  over(tap: TappedCall): void;
}

const NOTHING_ANSWERED: WireAnswer = { isRecognised: false, usage: undefined, isUsageFinal: false };

const STATUS_OK = 200;
const STATUS_ERROR_FROM = 400;
const MEDIA = /^\s*(?:audio|image|video)\//i;

/** What each format reads of a body, compiled once. */
interface CompiledFields {
  readonly request: FieldTree;
  readonly answer: FieldTree;
}
const compiled = new WeakMap<WireFormat, CompiledFields>();

/**
 * Follows one exchange with a provider: the request's body for the model, the answer's for the usage.
 *
 * 1. Only an answer with status 200 is read; of every other one the status is all that counts.
 * 2. As soon as the usage is final the sink is told, because an SDK may end its span at that very event.
 * 3. The end, the error or the abort finishes the call, once.
 *
 * Those who follow live calls are told of its start and its end.
 */
export class TappedCall implements CallTap {
  readonly #matched: MatchedRequest;
  readonly #sink: CallSink;
  readonly #fields: CompiledFields;
  readonly #call: WireCall;
  readonly #live: LiveWireCall | undefined;
  readonly #startedAt = performance.now();
  #requestReader: RequestReader | undefined;
  #answerReader: AnswerReader | undefined;
  #bodyReader: BodyReader | undefined;
  #statusCode = 0;
  #isUsageReported = false;
  #isOver = false;

  constructor(matched: MatchedRequest, context: Context, sink: CallSink) {
    const { format, method, request } = matched;
    this.#matched = matched;
    this.#sink = sink;
    this.#fields = fieldsOf(format);
    this.#call = {
      format,
      request,
      isRetrieval: method === 'GET',
      context,
      startMillis: Date.now(),
      durationMillis: 0,
      answer: NOTHING_ANSWERED,
      isStreamed: false,
      firstChunkMillis: undefined,
      usageMissing: undefined,
      errorType: undefined,
      live: undefined,
    };
    this.#live = LiveWireCall.of(this.#call, this.#startedAt);
    this.#call.live = this.#live;
    if (matched.isCertain) this.#live?.running();
  }

  requestBody(chunk: Uint8Array | string): void {
    this.#guarded(() => {
      this.#requestReader ??= openRequestReader(this.#fields.request, (fields) => {
        this.#call.request.bodyFields = { ...this.#call.request.bodyFields, ...fields };
        if (typeof fields['model'] === 'string') this.#live?.running();
      });
      this.#requestReader.push(chunk);
    });
  }

  responseHead(statusCode: number, header: (lowerCaseName: string) => string | undefined): void {
    this.#guarded(() => {
      this.#requestReader?.end();
      this.#requestReader = undefined;
      this.#statusCode = statusCode;
      if (statusCode !== STATUS_OK) return;
      const { format, request } = this.#matched;
      const answerReader = format.newReader(request);
      this.#answerReader = answerReader;
      answerReader.readHead?.({ statusCode, header });
      const contentType = header('content-type');
      // What was spoken or drawn states nothing.
      if (contentType !== undefined && MEDIA.test(contentType)) return;
      this.#bodyReader = this.#openBody(answerReader, contentType, header('content-encoding'));
    });
  }

  responseBody(chunk: Uint8Array): void {
    try {
      this.#bodyReader?.push(chunk);
    } catch {
      this.#turnOff();
    }
  }

  end(): void {
    this.#finish(undefined);
  }

  fail(error: unknown): void {
    this.#finish(error ?? 'unknown');
  }

  #openBody(
    answerReader: AnswerReader,
    contentType: string | undefined,
    contentEncoding: string | undefined,
  ): BodyReader | undefined {
    return openBodyReader({
      contentType,
      contentEncoding,
      fields: this.#fields.answer,
      eventKeys: this.#matched.format.eventKeys,
      onDocument: (document, eventName) => {
        answerReader.read(document, eventName);
        this.#tellUsage(answerReader);
      },
      onFirstEvent: () => {
        this.#call.firstChunkMillis = performance.now() - this.#startedAt;
      },
      onFailure: (failure) => {
        this.#sink.failed(failure);
      },
    });
  }

  #tellUsage(answerReader: AnswerReader): void {
    if (this.#isUsageReported) return;
    const answer = answerReader.answer();
    if (!answer.isUsageFinal || answer.usage === undefined || !answer.isRecognised) return;
    if (answer.isPending === true || this.#call.isRetrieval) return;
    this.#isUsageReported = true;
    this.#call.answer = answer;
    this.#call.isStreamed = this.#bodyReader?.isStream ?? false;
    this.#sink.update(this.#call);
  }

  #finish(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#live?.ended();
    this.#sink.over(this);
    this.#guarded(() => {
      this.#bodyReader?.end(error !== undefined);
      this.#bodyReader?.close();
      const call = this.#call;
      call.isStreamed = this.#bodyReader?.isStream ?? false;
      call.durationMillis = performance.now() - this.#startedAt;
      call.answer = this.#answerReader?.answer() ?? NOTHING_ANSWERED;
      this.#explain(error);
      if (this.#isOfModel()) this.#sink.finish(call);
    });
  }

  /** Why there is no usage, and whether the call failed. A stream that is left early did not. */
  #explain(error: unknown): void {
    const call = this.#call;
    const { answer, isStreamed } = call;
    if (this.#statusCode >= STATUS_ERROR_FROM) call.errorType = String(this.#statusCode);
    else if (answer.errorType !== undefined) call.errorType = answer.errorType;
    else if (error !== undefined && !answer.isUsageFinal && !(isStreamed && isAbort(error))) {
      call.errorType = errorTypeOf(error);
    }
    if (answer.isUsageFinal || !isStreamed) return;
    if (isUsageNotRequested(call, error !== undefined)) call.usageMissing = 'stream_usage_not_requested';
    else if (error !== undefined || answer.errorType !== undefined || answer.usage !== undefined) {
      call.usageMissing = 'stream_ended_early';
    }
  }

  /**
   * A path that other services have too proves nothing: then the host has to be known, the request to ask for a model, or
   * the answer to be recognised.
   */
  #isOfModel(): boolean {
    const { answer, request, isRetrieval } = this.#call;
    if (answer.isRecognised) return true;
    const isRedirected = this.#statusCode > STATUS_OK && this.#statusCode < STATUS_ERROR_FROM;
    const isCertain = this.#matched.isCertain || typeof request.bodyFields['model'] === 'string';
    return isCertain && !isRetrieval && !isRedirected;
  }

  /** Nothing may reach the application: whatever fails in here ends the listening, and is counted. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch {
      this.#turnOff();
    }
  }

  #turnOff(): void {
    this.#isOver = true;
    this.#live?.ended();
    this.#sink.over(this);
    const reader = this.#bodyReader;
    this.#bodyReader = undefined;
    this.#requestReader = undefined;
    this.#sink.failed('internal_error');
    reader?.close();
  }
}

function fieldsOf(format: WireFormat): CompiledFields {
  let fields = compiled.get(format);
  if (fields === undefined) {
    fields = { request: compileFields(format.requestFields), answer: compileFields(format.answerFields) };
    compiled.set(format, fields);
  }
  return fields;
}

/** An SDK hangs up when it has read the end of the answer, so that a stream need not end by itself to be whole. */
function isUsageNotRequested({ format, request, answer }: WireCall, isCut: boolean): boolean {
  if (format.isStreamUsageOptional !== true || answer.usage !== undefined) return false;
  const { model, stream_options: options } = request.bodyFields;
  if ((options as { include_usage?: unknown } | undefined)?.include_usage === true) return false;
  if (!isCut) return answer.errorType === undefined;
  return typeof model === 'string' && (answer.finishReasons?.length ?? 0) > 0;
}

function isAbort(error: unknown): boolean {
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === 'AbortError' || code === 'ABORT_ERR' || code === 'UND_ERR_ABORTED';
}

const ERROR_TYPE = /^[A-Za-z][\w.-]{0,63}$/;

/** The class of an error, never its message. */
function errorTypeOf(error: unknown): string {
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown;
    code?: unknown;
  };
  for (const type of [code, name]) if (typeof type === 'string' && ERROR_TYPE.test(type)) return type;
  return '_OTHER';
}
