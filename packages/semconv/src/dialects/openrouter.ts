import { type ReportedCost, reportedAmountPico } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import type { ReportedCounts } from '../disjoint-usage.ts';
import { count, readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import { reportedCost } from '../reported-cost.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'openrouter';
const GENERATION = 'trace.metadata.openrouter_generation';

/**
 * OpenRouter Broadcast: for each request one span with usage and cost, `LLM Generation` unless the request names it,
 * around a span `generation` and one for each attempt at a provider. `gen_ai.provider.name` is the model's author;
 * OpenRouter is who bills.
 *
 * Input contains the cache and output the reasoning, as in OpenRouter's API: of 194 prompt tokens, 100 written to
 * the cache, and 2 completion tokens the total is 196.
 *
 * @see https://openrouter.ai/docs/guides/features/broadcast/otel-collector
 * @see https://openrouter.ai/docs/use-cases/usage-accounting
 */
export const openRouter: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === NAME,
  markers: ['gen_ai.request.model'],
  read(span) {
    if (span.scopeName !== NAME && span.resourceAttribute('service.name') !== NAME) return undefined;
    const isAttempt = span.name.startsWith('provider attempt ');
    if (isAttempt || text(span, 'gen_ai.request.model') === undefined) {
      return { kind: 'aggregate', dialect: NAME };
    }
    const reading = readGenAiSpan(span, {
      dialect: NAME,
      inputIncludesCache: true,
      outputIncludesReasoning: true,
      ownCounts,
    });
    return refineCall(reading, () => ({ provider: NAME, reportedCost: broadcastCost(span) }));
  },
};

const ownCounts = (span: SpanView): Partial<ReportedCounts> => ({
  cacheRead: count(span, 'gen_ai.usage.input_tokens.cached'),
  cacheWrite:
    count(span, 'gen_ai.usage.input_tokens.cache_write') ??
    count(span, 'gen_ai.usage.input_tokens.cache_creation'),
  inputAudio: count(span, 'gen_ai.usage.input_tokens.audio'),
  reasoning: count(span, 'gen_ai.usage.output_tokens.reasoning'),
  outputImage: count(span, 'gen_ai.usage.output_tokens.image'),
  total: count(span, 'gen_ai.usage.total_tokens'),
});

/** With a key of the user's own, OpenRouter charges a fee and the provider bills the inference beside it. */
function broadcastCost(span: SpanView): ReportedCost | undefined {
  // What was costed before keeps the cost that it had then.
  if (span.attribute('costspan.cost.status') !== undefined) return reportedCost(span, undefined);
  const fee = amount(span, `${GENERATION}.usage`);
  const inference = amount(span, `${GENERATION}.byok_usage_inference`);
  if (span.attribute(`${GENERATION}.is_byok`) === true && fee !== undefined && inference !== undefined) {
    return { amountPico: fee + inference, currency: 'USD' };
  }
  const total = amount(span, 'gen_ai.usage.total_cost') ?? amount(span, 'gen_ai.usage.cost');
  return total === undefined ? undefined : { amountPico: total, currency: 'USD' };
}

function amount(span: SpanView, key: string): number | undefined {
  return reportedAmountPico(span.attribute(key));
}
