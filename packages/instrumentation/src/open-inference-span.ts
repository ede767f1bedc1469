import type { ModelCall } from '@costspan/cost-model';
import {
  canBeSameModel,
  isSameKind,
  type LiveSpan,
  LiveSpanView,
  parentOfSpan,
  readSpan,
} from '@costspan/semconv';
import { type Context, type Span, SpanKind, trace } from '@opentelemetry/api';
import { requestModelOf, type WireCall } from './wire-call.ts';

/** A span of an SDK that is still being written. */
export type OpenSpan = Span & LiveSpan & { readonly attributes: Record<string, unknown> };

/** Spans between a call and its request: an HTTP client's, a helper's. */
const SPANS_AROUND_MAX = 16;

const HTTP_SCOPE = '@opentelemetry/instrumentation-http';

/**
 * The span of another instrumentation that describes this very call: the nearest one around the request that reads as
 * a model call of the same kind and model. An agent or a tool on the way ends the search, because what is inside them
 * are calls of their own.
 */
export function openInferenceSpan(call: WireCall): OpenSpan | undefined {
  let span: object | undefined = trace.getSpan(call.context);
  for (let around = 0; span !== undefined && around < SPANS_AROUND_MAX; around++) {
    const written = sdkSpanOf(span);
    const reading = written === undefined ? undefined : readSpan(new LiveSpanView(written));
    if (written !== undefined && reading?.kind === 'model_call') {
      return isOpen(written) && isOf(call, reading.call) ? written : undefined;
    }
    if (reading !== undefined) return undefined;
    span = parentOfSpan(written ?? span);
  }
  return undefined;
}

function isOf(call: WireCall, described: ModelCall): boolean {
  const names = { requestModel: requestModelOf(call), responseModel: call.answer.responseModel };
  return isSameKind(described, call.format) && canBeSameModel(described, names);
}

/** Whether attributes can still be put on a span: one of an SDK that is recorded and has not ended. */
export function isOpen(span: object): span is OpenSpan {
  return isSdkSpan(span) && span.isRecording();
}

/** OpenInference has a span of its own around the SDK's, which leaves content out. */
export function sdkSpanOf(span: object): OpenSpan | undefined {
  if (isSdkSpan(span)) return span;
  const { span: inner } = span as { readonly span?: unknown };
  return typeof inner === 'object' && inner !== null && isSdkSpan(inner) ? inner : undefined;
}

/** A span that was sampled away, or comes from another process, has nothing to read. */
function isSdkSpan(span: object): span is OpenSpan {
  const { attributes, instrumentationScope } = span as Partial<OpenSpan>;
  return typeof attributes === 'object' && typeof instrumentationScope?.name === 'string';
}

/**
 * The context that a span of our own belongs in: that of the caller. Instrumentation of `node:http` makes its span for
 * the request the active one, which is a part of the call and not what it was made for.
 */
export function callerContext(context: Context): Context {
  const span = trace.getSpan(context) as (Span & Partial<LiveSpan>) | undefined;
  if (span?.instrumentationScope?.name !== HTTP_SCOPE || span.kind !== SpanKind.CLIENT) return context;
  const parent = parentOfSpan(span) as Span | undefined;
  return parent === undefined ? context : trace.setSpan(context, parent);
}
