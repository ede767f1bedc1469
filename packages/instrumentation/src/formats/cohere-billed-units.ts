import type { TokenUsage, UsageBound } from '@costspan/cost-model';
import { fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';

export interface CohereUsage {
  readonly usage: TokenUsage | undefined;
  readonly usageIncomplete: UsageBound | undefined;
}

/**
 * Reads the `usage` of Cohere's API, or the `meta` that older versions call it. What is billed is less than what was
 * processed, which contains the model's template: 42 billed units beside 110 tokens are 42. For tokens that
 * hit the cache (`cached_tokens`) Cohere has no price of its own. Without billed units the tokens are a bound.
 *
 * @see https://docs.cohere.com/docs/how-does-cohere-pricing-work, `ApiMeta` and `Usage` of `cohere-ai` 8.1
 */
export function cohereUsage(stated: unknown): CohereUsage {
  const fields = fieldsOf(stated);
  const billed = fieldsOf(fields?.['billed_units']);
  if (billed !== undefined) return { usage: billedUsage(billed), usageIncomplete: undefined };
  const tokens = fieldsOf(fields?.['tokens']);
  const usage = tokens === undefined ? undefined : billedUsage(tokens);
  return { usage, usageIncomplete: usage === undefined ? undefined : 'upper_bound' };
}

function billedUsage(units: JsonFields): TokenUsage | undefined {
  const usage: { -readonly [bucket in keyof TokenUsage]: TokenUsage[bucket] } = {};
  const put = (bucket: keyof TokenUsage, key: string): void => {
    const quantity = tokenCount(units[key]);
    if (quantity !== undefined) usage[bucket] = quantity;
  };
  put('input', 'input_tokens');
  put('inputImage', 'image_tokens');
  put('output', 'output_tokens');
  put('images', 'images');
  put('rerankSearches', 'search_units');
  for (const _bucket in usage) return usage;
  return undefined;
}
