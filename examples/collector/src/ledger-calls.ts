/** Tokens of one call in disjoint buckets, as a provider bills them. */
export interface Tokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly output: number;
}

/** How one instrumentation writes a call, and what the provider charges for it. */
export interface LedgerCallKind {
  readonly dialect: string;
  readonly scope: string;
  readonly spanName: string;
  /** List prices in pico-USD for one token, taken from the provider's price page by hand and not from the price book. */
  readonly picoUsdPerToken: Tokens;
  attributes(tokens: Tokens): Record<string, string | number>;
}

/** 0.25, 0.025 and 2.00 USD per million tokens: 250,000, 25,000 and 2,000,000 pico-USD for one. */
const GPT_5_MINI: Tokens = { input: 250_000, cacheRead: 25_000, output: 2_000_000 };
/** 3.00, 0.30 and 15.00 USD per million tokens. */
const CLAUDE_SONNET_4_5: Tokens = { input: 3_000_000, cacheRead: 300_000, output: 15_000_000 };
/** 0.30, 0.03 and 2.50 USD per million tokens. */
const GEMINI_2_5_FLASH: Tokens = { input: 300_000, cacheRead: 30_000, output: 2_500_000 };

/**
 * The price of a call by the ledger's own multiplication.
 * 176 new, 1,024 cached and 350 written tokens of gpt-5-mini: 44,000,000 + 25,600,000 + 700,000,000 = 769,600,000.
 */
export function costPicoUsd({ picoUsdPerToken: rate }: LedgerCallKind, tokens: Tokens): number {
  return tokens.input * rate.input + tokens.cacheRead * rate.cacheRead + tokens.output * rate.output;
}

/** The dialects differ in names and in whether `input` contains the cached tokens. */
export const LEDGER_CALL_KINDS: readonly LedgerCallKind[] = [
  {
    dialect: 'OpenTelemetry',
    scope: 'app',
    spanName: 'chat gpt-5-mini',
    picoUsdPerToken: GPT_5_MINI,
    attributes: ({ input, cacheRead, output }) => ({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
      'gen_ai.usage.input_tokens': input + cacheRead,
      'gen_ai.usage.cache_read.input_tokens': cacheRead,
      'gen_ai.usage.output_tokens': output,
    }),
  },
  {
    dialect: 'OpenInference',
    scope: '@arizeai/openinference-instrumentation-openai',
    spanName: 'OpenAI Chat Completions',
    picoUsdPerToken: GPT_5_MINI,
    attributes: ({ input, cacheRead, output }) => ({
      'openinference.span.kind': 'LLM',
      'llm.system': 'openai',
      'llm.provider': 'openai',
      'llm.model_name': 'gpt-5-mini-2025-08-07',
      'llm.token_count.prompt': input + cacheRead,
      'llm.token_count.prompt_details.cache_read': cacheRead,
      'llm.token_count.completion': output,
      'llm.token_count.total': input + cacheRead + output,
    }),
  },
  {
    dialect: 'Vercel AI SDK',
    scope: 'ai',
    spanName: 'ai.generateText.doGenerate',
    picoUsdPerToken: GPT_5_MINI,
    attributes: ({ input, cacheRead, output }) => ({
      'operation.name': 'ai.generateText.doGenerate',
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.model.provider': 'openai.chat',
      'ai.model.id': 'gpt-5-mini',
      'gen_ai.system': 'openai.chat',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
      'ai.usage.inputTokens': input + cacheRead,
      'ai.usage.inputTokenDetails.noCacheTokens': input,
      'ai.usage.inputTokenDetails.cacheReadTokens': cacheRead,
      'ai.usage.outputTokens': output,
      'ai.usage.cachedInputTokens': cacheRead,
      'gen_ai.usage.input_tokens': input + cacheRead,
      'gen_ai.usage.output_tokens': output,
    }),
  },
  {
    dialect: 'Traceloop',
    scope: '@traceloop/instrumentation-anthropic',
    spanName: 'chat claude-sonnet-4-5',
    picoUsdPerToken: CLAUDE_SONNET_4_5,
    attributes: ({ input, cacheRead, output }) => ({
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.response.model': 'claude-sonnet-4-5',
      'gen_ai.usage.output_tokens': output,
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.cache_creation.input_tokens': 0,
      'gen_ai.usage.cache_read.input_tokens': cacheRead,
    }),
  },
  {
    dialect: 'Sentry',
    scope: '@sentry/node',
    spanName: 'generate_content gemini-2.5-flash',
    picoUsdPerToken: GEMINI_2_5_FLASH,
    attributes: ({ input, output }) => ({
      'sentry.op': 'gen_ai.generate_content',
      'gen_ai.system': 'google_genai',
      'gen_ai.operation.name': 'generate_content',
      'sentry.origin': 'auto.ai.google_genai',
      'gen_ai.request.model': 'gemini-2.5-flash',
      'gen_ai.response.model': 'gemini-2.5-flash',
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': output,
      'gen_ai.usage.total_tokens': input + output,
    }),
  },
];
