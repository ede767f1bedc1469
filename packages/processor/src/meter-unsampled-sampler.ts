import { type Attributes, type Context, type Link, type SpanKind, trace } from '@opentelemetry/api';

/** A sampler as SDK 2.x and 3.x have it. */
export interface SamplerLike {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): { decision: number; attributes?: Attributes; traceState?: unknown };
  toString(): string;
}

const NOT_RECORD = 0;
const RECORD = 1;

const GEN_AI_KEY_PREFIXES = ['gen_ai.', 'ai.', 'openinference.', 'llm.', 'langfuse.', 'traceloop.'];
const GEN_AI_NAME =
  /^(chat|text_completion|generate_content|embeddings|invoke_agent|execute_tool|step|rerank|ai|anthropic)[ .]/;

/**
 * Wraps a sampler so that cost survives head sampling: a GenAI span, or the entry span of a request, that the
 * sampler drops is still recorded (for processors and metrics) but not sampled, so it is never exported.
 *
 * What is GenAI must show in the span's name or first attributes, because a sampler sees no more.
 */
export class MeterUnsampledSampler implements SamplerLike {
  readonly #delegate: SamplerLike;

  constructor(delegate: SamplerLike) {
    this.#delegate = delegate;
  }

  // The seven-part signature is the SDK's.
  // oxlint-disable-next-line max-params
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): { decision: number; attributes?: Attributes; traceState?: unknown } {
    const result = this.#delegate.shouldSample(context, traceId, spanName, spanKind, attributes, links);
    if (result.decision !== NOT_RECORD) return result;
    return isEntry(context) || isGenAi(spanName, attributes) ? { ...result, decision: RECORD } : result;
  }

  toString(): string {
    return `MeterUnsampledSampler{${this.#delegate.toString()}}`;
  }
}

function isEntry(context: Context): boolean {
  const parent = trace.getSpanContext(context);
  return parent === undefined || parent.isRemote === true;
}

function isGenAi(spanName: string, attributes: Attributes): boolean {
  if (GEN_AI_NAME.test(spanName)) return true;
  for (const key in attributes) {
    if (GEN_AI_KEY_PREFIXES.some((prefix) => key.startsWith(prefix))) return true;
  }
  return false;
}
