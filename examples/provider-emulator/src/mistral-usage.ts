import { inputTokenTotal, outputTokenTotal } from '@costspan/cost-model';
import type { ModelAnswer, WireErrorType } from './wire-api.ts';

/** OpenAI's counts under OpenAI's names: cached tokens are part of the prompt. */
export function mistralUsage({ usage, serviceTier }: ModelAnswer): object {
  const promptTokens = inputTokenTotal(usage);
  const completionTokens = outputTokenTotal(usage);
  return {
    prompt_tokens: promptTokens,
    total_tokens: promptTokens + completionTokens,
    completion_tokens: completionTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheRead ?? 0 },
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
  };
}

/** The error body of every Mistral endpoint. */
export function mistralError(type: WireErrorType, message: string): object {
  return { object: 'error', message, type, param: null, code: null };
}
