import type { SeededRandom } from './seeded-random.ts';

/** The model calls a tool of this name with arguments that look like a provider's own account of usage. */
export const DECOY_TOOL = 'find_usage';

const DECOY_TOKENS = { min: 700_000, max: 900_000 };

/**
 * Usage as every provider writes it, with counts that no answer has, at the places where a reader that does not keep
 * to exact paths would find it: an application's own data may look like this.
 */
export function decoyArguments(random: SeededRandom): object {
  const count = (): number => random.integer(DECOY_TOKENS.min, DECOY_TOKENS.max);
  const usage = {
    prompt_tokens: count(),
    completion_tokens: count(),
    total_tokens: count(),
    input_tokens: count(),
    output_tokens: count(),
    cache_read_input_tokens: count(),
    inputTokens: count(),
    outputTokens: count(),
  };
  const usageMetadata = {
    promptTokenCount: count(),
    candidatesTokenCount: count(),
    totalTokenCount: count(),
  };
  return {
    id: 'not-a-response',
    model: 'not-a-model',
    type: 'message_delta',
    usage,
    usageMetadata,
    response: { id: 'not-a-response', usage },
    message: { id: 'not-a-response', usage },
    metadata: { usage },
    done: true,
    prompt_eval_count: count(),
    eval_count: count(),
    text: JSON.stringify({ usage, usageMetadata }),
  };
}
