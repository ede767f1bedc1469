import type { ModelCall } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import { mayCountCachedAsUncached } from '../lossy-cache.ts';
import type { SpanView } from '../span-view.ts';

const INCLUSIVE: GenAiMeaning = {
  dialect: 'openlit',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
};
/** Anthropic's and Bedrock's input leaves the cache out. */
const EXCLUSIVE: GenAiMeaning = { ...INCLUSIVE, inputIncludesCache: false, totalIsItsOwn: true };
/** Gemini counts candidates and thoughts apart. */
const THOUGHTS_APART: GenAiMeaning = { ...INCLUSIVE, outputIncludesReasoning: false };

/** OpenLIT's own providers' names, not yet canonical. */
const MEANINGS: ReadonlyMap<string, GenAiMeaning> = new Map<string, GenAiMeaning>([
  ['anthropic', EXCLUSIVE],
  ['aws.bedrock', EXCLUSIVE],
  ['gcp.gemini', THOUGHTS_APART],
  ['gcp.vertex_ai', THOUGHTS_APART],
  ['gcp.gen_ai', THOUGHTS_APART],
]);

/**
 * OpenLIT (JavaScript 1.15, Python 1.45): `gen_ai.*` names with each provider's own counts.
 *
 * - A count that a response did not state is written as zero: with nothing else it is unknown.
 * - A stream without usage gets a guess under the same names, and one of Gemini loses cached tokens and thoughts; a
 *   stream is trusted when it has a detail that only a provider reports.
 * - JavaScript adds the first event's output of an Anthropic stream to the last one's, which contains it.
 */
export const openLit: Dialect = {
  name: INCLUSIVE.dialect,
  ownsScope: (scopeName) =>
    scopeName.startsWith('@openlit/') || scopeName === 'openlit' || scopeName.startsWith('openlit.'),
  read(span) {
    const provider = text(span, 'gen_ai.provider.name') ?? text(span, 'gen_ai.system') ?? '';
    const reading = readGenAiSpan(span, MEANINGS.get(provider) ?? INCLUSIVE);
    if (reading?.kind !== 'model_call' || reading.call.usage === undefined) return reading;
    const { call } = reading;
    if (isNothing(call)) return { kind: 'model_call', call: { ...call, usage: undefined } };
    if (!isStream(span)) {
      // What Mistral read from its cache is not passed on; that of the others is, unless it is nothing.
      const hides = provider === 'mistral_ai' && mayCountCachedAsUncached(span, call);
      return hides ? { kind: 'model_call', call: { ...call, usageIncomplete: 'upper_bound' } } : reading;
    }
    if (provider === 'anthropic') {
      if (!span.scopeName.startsWith('@openlit/')) return reading;
      return { kind: 'model_call', call: { ...call, usageIncomplete: 'upper_bound' } };
    }
    if (hasProviderDetail(span)) return reading;
    return { kind: 'model_call', call: { ...call, usageSource: 'estimated' } };
  },
};

/** JavaScript has a name of its own for it and does not always set it; only streams have tokens that come first. */
function isStream(span: SpanView): boolean {
  return (
    span.attribute('gen_ai.request.is_stream') === true ||
    span.attribute('gen_ai.request.stream') === true ||
    span.attribute('gen_ai.server.time_per_output_token') !== undefined
  );
}

function isNothing({ usage = {} }: ModelCall): boolean {
  for (const bucket in usage) if (usage[bucket as keyof typeof usage] !== 0) return false;
  return true;
}

function hasProviderDetail(span: SpanView): boolean {
  return (
    span.attribute('gen_ai.usage.cache_read.input_tokens') !== undefined ||
    span.attribute('gen_ai.usage.cache_creation.input_tokens') !== undefined ||
    span.attribute('gen_ai.usage.reasoning_tokens') !== undefined ||
    span.attribute('gen_ai.usage.reasoning.output_tokens') !== undefined
  );
}
