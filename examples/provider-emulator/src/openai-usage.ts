import { inputTokenTotal, outputTokenTotal, type TokenUsage } from '@costspan/cost-model';
import type OpenAI from 'openai';
import { z } from 'zod';
import type { ModelAnswer } from './wire-api.ts';

/** OpenAI's counts are inclusive: cache reads and writes are part of the prompt, reasoning of the completion. */
export function chatUsage(usage: TokenUsage): OpenAI.CompletionUsage {
  const promptTokens = inputTokenTotal(usage);
  const completionTokens = outputTokenTotal(usage);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead ?? 0,
      cache_write_tokens: usage.cacheWrite ?? 0,
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning ?? 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** The same counts under the names of the Responses API. */
export function responsesUsage(usage: TokenUsage): OpenAI.Responses.ResponseUsage {
  const inputTokens = inputTokenTotal(usage);
  const outputTokens = outputTokenTotal(usage);
  return {
    input_tokens: inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cacheRead ?? 0,
      cache_write_tokens: usage.cacheWrite ?? 0,
    },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
    total_tokens: inputTokens + outputTokens,
  };
}

export const openAiServiceTierSchema: z.ZodType<OpenAI.ChatCompletion['service_tier']> = z
  .enum(['auto', 'default', 'flex', 'priority'])
  .nullish();

/** The tier that processed the request, which OpenAI names in the answer. */
export function openAiServiceTier(answer: ModelAnswer): 'default' | 'flex' | 'priority' {
  const { serviceTier } = answer;
  return serviceTier === 'flex' || serviceTier === 'priority' ? serviceTier : 'default';
}

/** The error body of every OpenAI endpoint. */
export function openAiError(type: string, message: string): object {
  return { error: { message, type, param: null, code: type } };
}
