import type { TokenUsage, UsageBucket } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { errorType, text } from '../gen-ai-call.ts';
import { tokenCount } from '../token-count.ts';

const NAME = 'langfuse';

/** Langfuse's own keys are disjoint already; keys that users make up are not counted. */
const BUCKETS: ReadonlyMap<string, UsageBucket> = new Map<string, UsageBucket>([
  ['input', 'input'],
  ['input_cached_tokens', 'cacheRead'],
  ['cache_read_input_tokens', 'cacheRead'],
  ['cache_creation_input_tokens', 'cacheWrite'],
  ['input_cache_creation', 'cacheWrite'],
  ['input_audio_tokens', 'inputAudio'],
  ['output', 'output'],
  ['output_reasoning_tokens', 'reasoning'],
  ['output_audio_tokens', 'outputAudio'],
]);

/** Longest usage text that is parsed; Langfuse's own is about 100 characters. */
const USAGE_TEXT_LENGTH_MAX = 4096;

/**
 * Langfuse JS 5: observations with the usage as a JSON text of disjoint buckets and no provider name; the
 * model is then looked up among the first-party providers.
 */
export const langfuse: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'langfuse-sdk',
  read(span) {
    const type = text(span, 'langfuse.observation.type');
    if (type === undefined) return undefined;
    if (type !== 'generation' && type !== 'embedding') {
      return { kind: type === 'tool' ? 'tool' : 'aggregate', dialect: NAME };
    }
    const model = text(span, 'langfuse.observation.model.name');
    return {
      kind: 'model_call',
      call: {
        dialect: NAME,
        provider: undefined,
        requestModel: model,
        responseModel: model,
        operation: type === 'embedding' ? 'embeddings' : 'chat',
        usage: usageDetails(text(span, 'langfuse.observation.usage_details')),
        usageSource: 'span',
        responseId: undefined,
        serviceTier: undefined,
        serverAddress: undefined,
        errorType: errorType(span),
      },
    };
  },
};

function usageDetails(json: string | undefined): TokenUsage | undefined {
  if (json === undefined || json.length > USAGE_TEXT_LENGTH_MAX) return undefined;
  let details: unknown;
  try {
    details = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof details !== 'object' || details === null) return undefined;
  const usage: { [bucket in UsageBucket]?: number } = {};
  for (const [key, value] of Object.entries(details)) {
    const bucket = BUCKETS.get(key);
    const tokens = tokenCount(value);
    if (bucket !== undefined && tokens !== undefined) usage[bucket] = (usage[bucket] ?? 0) + tokens;
  }
  return Object.keys(usage).length === 0 ? undefined : usage;
}
