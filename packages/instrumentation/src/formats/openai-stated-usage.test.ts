import { inputTokenTotal, outputTokenTotal } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statedUsage, type UsageAuthor } from './openai-stated-usage.ts';

const OPENAI = { provider: 'openai', model: 'gpt-5-mini' };

/** Usage as OpenAI states it: parts within their wholes, and the sum of the wholes. */
const openAiUsage = fc
  .record({
    uncached: fc.nat(100_000),
    cached: fc.nat(100_000),
    written: fc.nat(100_000),
    text: fc.nat(100_000),
    reasoning: fc.nat(100_000),
  })
  .map(({ uncached, cached, written, text, reasoning }) => {
    const input = uncached + cached + written;
    const output = text + reasoning;
    const inputDetails = { cached_tokens: cached, cache_write_tokens: written };
    const outputDetails = { reasoning_tokens: reasoning };
    return { uncached, cached, written, text, reasoning, input, output, inputDetails, outputDetails };
  });

test('no token of OpenAI is lost or counted twice, under the names of either API', () => {
  fc.assert(
    fc.property(openAiUsage, (each) => {
      const total_tokens = each.input + each.output;
      const chat = statedUsage(
        {
          prompt_tokens: each.input,
          completion_tokens: each.output,
          total_tokens,
          prompt_tokens_details: each.inputDetails,
          completion_tokens_details: each.outputDetails,
        },
        OPENAI,
      );
      const response = statedUsage(
        {
          input_tokens: each.input,
          output_tokens: each.output,
          total_tokens,
          input_tokens_details: each.inputDetails,
          output_tokens_details: each.outputDetails,
        },
        OPENAI,
      );
      expect(response).toEqual(chat);
      expect(chat.usageIncomplete).toBeUndefined();
      expect(inputTokenTotal(chat.usage ?? {})).toBe(each.input);
      expect(outputTokenTotal(chat.usage ?? {})).toBe(each.output);
      expect(chat.usage).toMatchObject({ input: each.uncached, output: each.text });
      expect(chat.usage?.cacheRead ?? 0).toBe(each.cached);
      expect(chat.usage?.reasoning ?? 0).toBe(each.reasoning);
    }),
  );
});

test("xAI's reasoning beside the completion is neither lost nor taken for a cache beside the prompt", () => {
  fc.assert(
    fc.property(openAiUsage, ({ uncached, cached, text, reasoning }) => {
      const { usage, usageIncomplete } = statedUsage(
        {
          prompt_tokens: uncached + cached,
          completion_tokens: text,
          total_tokens: uncached + cached + text + reasoning,
          prompt_tokens_details: { cached_tokens: cached },
          completion_tokens_details: { reasoning_tokens: reasoning },
        },
        { provider: 'x_ai', model: 'grok-4.3' },
      );
      expect(usageIncomplete).toBeUndefined();
      expect(usage).toMatchObject({ input: uncached, output: text });
      expect(outputTokenTotal(usage ?? {})).toBe(text + reasoning);
    }),
  );
});

test('usage of any shape is read without harm', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (fields, provider) => {
      const { usage, reportedCost } = statedUsage(fields, { provider, model: undefined });
      for (const quantity of Object.values(usage ?? {})) expect(quantity).toBeGreaterThanOrEqual(0);
      if (reportedCost !== undefined) expect(Number.isSafeInteger(reportedCost.amountPico)).toBe(true);
    }),
  );
});

const TOKENS = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

test.each<[string, Record<string, unknown>, string, number | undefined]>([
  ['what LiteLLM works out from its own list', { cost: 0.0042 }, 'openai', undefined],
  ['what Bifrost works out from its own list', { cost: { total_cost: 0.0042 } }, 'openai', undefined],
  ["Perplexity's own sum", { cost: { total_cost: 0.0042 } }, 'perplexity', 4_200_000_000],
  ["OpenRouter's charge", { cost: 0.0042 }, 'openrouter', 4_200_000_000],
  [
    "OpenRouter's fee and what the provider bills",
    { cost: 0.0001, cost_details: { upstream_inference_cost: 0.002 } },
    'openrouter',
    2_100_000_000,
  ],
  ['a charge by the Vercel AI Gateway', { cost: 0.0042, market_cost: 0.005 }, 'gateway', 4_200_000_000],
  ['a key of the own at the Vercel AI Gateway', { cost: 0, market_cost: 0.005 }, 'gateway', 5_000_000_000],
  ["xAI's ticks, whatever proxy is between", { cost_in_usd_ticks: 37_756_000 }, 'openai', 3_775_600_000],
  ['ticks beyond what can be counted', { cost_in_usd_ticks: 2 ** 52 }, 'x_ai', undefined],
])('%s', (_what, fields, provider, amountPico) => {
  expect(statedUsage({ ...TOKENS, ...fields }, { provider, model: undefined }).reportedCost?.amountPico).toBe(
    amountPico,
  );
});

test.each<[string, Record<string, unknown>, UsageAuthor, Record<string, number>]>([
  [
    'deep research is billed by citations and searches',
    { citation_tokens: 7, num_search_queries: 3 },
    { provider: 'perplexity', model: 'sonar-deep-research' },
    { citations: 7, webSearches: 3 },
  ],
  [
    'other models by the request',
    { citation_tokens: 7, num_search_queries: 3 },
    { provider: 'perplexity', model: 'sonar' },
    {},
  ],
  [
    'sources of the live search',
    { num_sources_used: 4 },
    { provider: 'x_ai', model: 'grok-4' },
    { webSearches: 4 },
  ],
  [
    'sources that another provider names',
    { num_sources_used: 4 },
    { provider: 'openai', model: 'gpt-5' },
    {},
  ],
  [
    "calls of xAI's tools go before the sources",
    { num_sources_used: 4, server_side_tool_usage_details: { web_search_calls: 1, x_search_calls: 2 } },
    { provider: 'x_ai', model: 'grok-4.5' },
    { webSearches: 3 },
  ],
  [
    'searches of OpenRouter',
    { server_tool_use: { web_search_requests: 2 } },
    { provider: 'openrouter', model: 'x' },
    { webSearches: 2 },
  ],
])('%s', (_what, fields, author, beside) => {
  const { usage } = statedUsage({ ...TOKENS, ...fields }, author);
  expect(usage).toEqual({ input: 10, output: 5, ...beside });
});

test.each<[string, string, Record<string, unknown>, Record<string, number>]>([
  [
    "Perplexity's reasoning is beside the completion, though it would fit into it",
    'perplexity',
    { prompt_tokens: 9, completion_tokens: 500, total_tokens: 509, reasoning_tokens: 200 },
    { input: 9, output: 500, reasoning: 200 },
  ],
  [
    "SGLang's is a part of it",
    'sglang',
    { prompt_tokens: 9, completion_tokens: 500, total_tokens: 509, reasoning_tokens: 200 },
    { input: 9, output: 300, reasoning: 200 },
  ],
  [
    "Mistral's cached tokens, which its details may leave out",
    'mistral_ai',
    {
      prompt_tokens: 130,
      completion_tokens: 20,
      total_tokens: 150,
      num_cached_tokens: 64,
      prompt_tokens_details: { cached_tokens: 0 },
    },
    { input: 66, cacheRead: 64, output: 20 },
  ],
  [
    'thinking that only the total has is known of Google alone',
    'gcp.vertex_ai',
    { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 },
    { input: 20, output: 198, reasoning: 405 },
  ],
  [
    'a lifetime that LiteLLM passes on',
    'anthropic',
    {
      prompt_tokens: 1300,
      completion_tokens: 40,
      cache_creation_input_tokens: 200,
      prompt_tokens_details: {
        cached_tokens: 1024,
        cache_creation_token_details: { ephemeral_5m_input_tokens: 150, ephemeral_1h_input_tokens: 50 },
      },
    },
    { input: 76, cacheRead: 1024, cacheWrite5m: 150, cacheWrite1h: 50, output: 40 },
  ],
])('%s', (_what, provider, fields, usage) => {
  expect(statedUsage(fields, { provider, model: undefined }).usage).toEqual(usage);
});

test("a tool of xAI's that has a fee and no bucket makes the usage the least that there was", () => {
  const details = { code_interpreter_calls: 1 };
  const fields = { ...TOKENS, server_side_tool_usage_details: details };
  expect(statedUsage(fields, { provider: 'x_ai', model: undefined }).usageIncomplete).toBe('lower_bound');
});
