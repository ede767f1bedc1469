import { inputTokenTotal, outputTokenTotal, type TokenUsage } from '@costspan/cost-model';

/** What the model's template adds to a prompt: it is processed and not billed. */
const TEMPLATE_TOKENS = 68;

/** Counts of what is billed beside those of what was processed. */
export function cohereUsage(usage: TokenUsage): object {
  const input = inputTokenTotal(usage);
  const output = outputTokenTotal(usage);
  return {
    billed_units: { input_tokens: input, output_tokens: output },
    tokens: { input_tokens: input + TEMPLATE_TOKENS, output_tokens: output },
    cached_tokens: 0,
  };
}

/** The error body of every Cohere endpoint. */
export function cohereError(_type: string, message: string): object {
  return { message };
}
