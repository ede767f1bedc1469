import type { ModelCall } from '@costspan/cost-model';
import { fieldsOf, type JsonFields } from './json-fields.ts';
import type { ReportedCounts } from './disjoint-usage.ts';
import { tokenCount } from './token-count.ts';

/** Modalities are a handful. */
const DETAILS_MAX = 32;

/** The shortest prompt of which Gemini caches a part by itself. */
const CACHED_PROMPT_TOKENS_MIN = 1024;

/**
 * Reads `usageMetadata` as the Gemini SDKs write it: camel case in JavaScript and Java, snake case in Python.
 *
 * Cached tokens are part of the prompt. What tools put into it stands beside the prompt, and what the model thought
 * beside the candidates: prompt 1200 (1024 cached), tools 64, candidates 222, thoughts 128 are 240 uncached, 1024
 * cached, 222 out and 128 reasoning. Where the total shows that the candidates contain the thoughts, as it does when
 * LiteLLM filled in the counts, they do.
 *
 * @see https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function geminiCounts(usageMetadata: unknown): Partial<ReportedCounts> | undefined {
  const usage = fieldsOf(usageMetadata);
  const prompt = countOf(usage, 'promptTokenCount');
  if (usage === undefined || prompt === undefined) return undefined;
  const thoughts = countOf(usage, 'thoughtsTokenCount');
  const candidates = countOf(usage, 'candidatesTokenCount') ?? (thoughts === undefined ? undefined : 0);
  const total = countOf(usage, 'totalTokenCount');
  return {
    input: prompt + (countOf(usage, 'toolUsePromptTokenCount') ?? 0),
    cacheRead: countOf(usage, 'cachedContentTokenCount'),
    inputAudio: modality(usage, 'promptTokensDetails', 'AUDIO'),
    inputImage: modality(usage, 'promptTokensDetails', 'IMAGE'),
    inputVideo: modality(usage, 'promptTokensDetails', 'VIDEO'),
    cacheReadAudio: modality(usage, 'cacheTokensDetails', 'AUDIO'),
    cacheReadImage: modality(usage, 'cacheTokensDetails', 'IMAGE'),
    output: candidates,
    reasoning: thoughts,
    outputAudio: modality(usage, 'candidatesTokensDetails', 'AUDIO'),
    outputImage: modality(usage, 'candidatesTokensDetails', 'IMAGE'),
    inputIncludesCache: true,
    outputIncludesReasoning: total !== undefined && total === prompt + (candidates ?? 0),
  };
}

/** The tier that a response names (`standard`, `priority`), or Vertex AI's word for it (`ON_DEMAND`). */
export function geminiServiceTier(usageMetadata: unknown): string | undefined {
  const usage = fieldsOf(usageMetadata);
  for (const key of ['serviceTier', 'service_tier', 'trafficType', 'traffic_type']) {
    const tier = usage?.[key];
    if (typeof tier === 'string' && tier !== '' && tier !== 'TRAFFIC_TYPE_UNSPECIFIED') return tier;
  }
  return undefined;
}

/** Models that do not think: those before 2.5. */
const WITHOUT_THOUGHTS = /gemini-(?:1|2\.0)/;

/** How far usage can be trusted, as a `ModelCall` says it. */
export type UsageTrust = Partial<Pick<ModelCall, 'usageSource' | 'usageIncomplete'>>;

/**
 * What prompt and candidates alone tell of a call. Missing thoughts make the call dearer than its figure, and cached
 * tokens that are counted as uncached ones make it cheaper: either alone leaves a bound, both together an estimate.
 */
export function trustWithoutDetails(call: ModelCall, thoughtsKnown = false): UsageTrust {
  const { usage, operation, requestModel = '', responseModel = requestModel } = call;
  if (usage === undefined || operation === 'embeddings') return {};
  const mayLackThoughts = !thoughtsKnown && !WITHOUT_THOUGHTS.test(responseModel);
  const mayBeCached = (usage.input ?? 0) >= CACHED_PROMPT_TOKENS_MIN;
  if (mayLackThoughts && mayBeCached) return { usageSource: 'estimated' };
  if (mayLackThoughts) return { usageIncomplete: 'lower_bound' };
  return mayBeCached ? { usageIncomplete: 'upper_bound' } : {};
}

/** Of a list such as `[{ modality: 'TEXT', tokenCount: 900 }, { modality: 'AUDIO', tokenCount: 100 }]`. */
function modality(usage: JsonFields, key: string, name: string): number | undefined {
  const details = usage[key] ?? usage[snakeCase(key)];
  if (!Array.isArray(details)) return undefined;
  let sum: number | undefined;
  for (const detail of details.slice(0, DETAILS_MAX)) {
    const fields = fieldsOf(detail);
    const tokens = fields?.['modality'] === name ? countOf(fields, 'tokenCount') : undefined;
    if (tokens !== undefined) sum = (sum ?? 0) + tokens;
  }
  return sum;
}

function countOf(fields: JsonFields | undefined, key: string): number | undefined {
  return fields === undefined ? undefined : tokenCount(fields[key] ?? fields[snakeCase(key)]);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
