import { type CallOutcome, describeReason, type DuplicateResult, type ModelCall } from '@costspan/cost-model';
import type { SpanReading } from '@costspan/semconv';
import type { CostedSpan } from './cost-model-calls.ts';
import type { TraceRequest } from './otlp/trace-request.ts';

/** A span, what it was taken for, and why it is billed or not. It holds no content of the span. */
export interface SpanExplanation {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly scope: string;
  readonly reading: 'model_call' | 'aggregate' | 'tool' | 'not_genai';
  /** `null` for a span that is not GenAI. */
  readonly dialect: string | null;
  readonly outcome: CallOutcome | null;
  /** The outcome or the reading in words. */
  readonly why: string;
}

/** Explains every span of a request, in its order. */
export function explainSpans(
  request: TraceRequest,
  spans: readonly CostedSpan[],
  readings: ReadonlyMap<number, SpanReading>,
): SpanExplanation[] {
  const costs = new Map(spans.map(({ index, cost }) => [index, cost]));
  const explanations: SpanExplanation[] = [];
  for (let index = 0; index < request.spanCount; index++) {
    const span = request.span(index);
    const reading = readings.get(index);
    const cost = costs.get(index);
    explanations.push({
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId,
      name: span.name,
      scope: span.scopeName,
      reading: reading?.kind ?? 'not_genai',
      dialect: dialectOf(reading),
      outcome: cost?.outcome ?? null,
      why: cost === undefined ? whyNoCall(reading) : whyOutcome(cost.call, cost.outcome),
    });
  }
  return explanations;
}

function dialectOf(reading: SpanReading | undefined): string | null {
  if (reading === undefined) return null;
  return reading.kind === 'model_call' ? reading.call.dialect : reading.dialect;
}

function whyNoCall(reading: SpanReading | undefined): string {
  switch (reading?.kind) {
    case 'aggregate':
      return 'an agent, workflow or step repeats the calls inside it';
    case 'tool':
      return 'a tool calls no model';
    case 'model_call':
      return 'a model call without a valid trace or span id cannot be recorded';
    default:
      return 'has nothing to do with a model';
  }
}

function whyOutcome(call: ModelCall, outcome: CallOutcome): string {
  const bound = outcome.status === 'priced' ? boundOf(call) : [];
  return [wordsOf(outcome), ...notesOn(call), ...bound].join('; ');
}

function wordsOf(outcome: CallOutcome): string {
  if (outcome.status === 'priced') return 'billed';
  if (outcome.status === 'duplicate') return whyDuplicate(outcome);
  return `${describeReason(outcome.reason)}${outcome.detail === undefined ? '' : ` (${outcome.detail})`}`;
}

function whyDuplicate({ reason, billedSpanId, billedTraceId }: DuplicateResult): string {
  if (billedSpanId === undefined) return describeReason(reason);
  switch (reason) {
    case 'duplicate_of_nested_span':
      return `repeats span ${billedSpanId} inside or around it`;
    case 'duplicate_of_sibling_span':
      return `repeats span ${billedSpanId} of its trace`;
    case 'duplicate_in_other_trace':
      return `repeats span ${billedSpanId} of trace ${billedTraceId ?? ''}`;
    case 'aggregate_of_model_calls':
      return `the calls inside are billed one by one, first span ${billedSpanId}`;
    case 'answered_from_cache':
      return `a proxy answered from its cache, filled by span ${billedSpanId}`;
  }
}

function notesOn({ usageSource, usageCorrected, usage }: ModelCall): string[] {
  if (usage === undefined) return [];
  const notes: string[] = [];
  if (usageSource === 'estimated') notes.push('the usage is an estimate');
  if (usageSource === 'server') notes.push('the usage is the model server’s own');
  if (usageCorrected === true) notes.push('the counts show another meaning than the dialect’s usual one');
  return notes;
}

/** Only of a cost that is shown can be said that it is a bound. */
function boundOf({ usageIncomplete }: ModelCall): string[] {
  switch (usageIncomplete) {
    case 'upper_bound':
      return ['it cost at most this: cached tokens were not told apart'];
    case 'lower_bound':
      return ['it cost at least this: tokens, or the lifetime of cache writes, are not stated'];
    default:
      return [];
  }
}
