/** Where the prices of other providers of their own models differ from the source's, by the reason. */
const MODELS_BY_REASON: Readonly<Record<string, readonly string[]>> = {
  "cached input costs a tenth by Mistral's pricing table; the source has no rate": [
    'mistral_ai/codestral-2501',
    'mistral_ai/codestral-latest',
    'mistral_ai/devstral-small-2505',
    'mistral_ai/devstral-small-2507',
    'mistral_ai/magistral-medium-2506',
    'mistral_ai/magistral-medium-2507',
    'mistral_ai/magistral-medium-2509',
    'mistral_ai/magistral-medium-latest',
    'mistral_ai/magistral-small-2506',
    'mistral_ai/magistral-small-2507',
    'mistral_ai/magistral-small-2509',
    'mistral_ai/magistral-small-latest',
    'mistral_ai/mistral-large-2411',
    'mistral_ai/open-mistral-nemo',
    'mistral_ai/pixtral-12b-2409',
    'mistral_ai/pixtral-large-2411',
  ],
  'was free of charge until 2026': [
    'mistral_ai/devstral-2512',
    'mistral_ai/devstral-small-latest',
    'mistral_ai/labs-devstral-small-2512',
  ],
  'the name moved to a model at another price on a day that the source lacks': [
    'mistral_ai/mistral-large-latest',
    'mistral_ai/mistral-medium',
    'mistral_ai/mistral-medium-latest',
    'mistral_ai/mistral-small-latest',
    'mistral_ai/voxtral-mini-latest',
  ],
  'a minute of audio costs 0.004, which the source lacks': ['mistral_ai/voxtral-small-2507'],
  "xAI's fees for searches, which the source lacks": [
    'x_ai/grok-3',
    'x_ai/grok-3-fast',
    'x_ai/grok-3-mini',
    'x_ai/grok-3-mini-fast',
    'x_ai/grok-4.3',
    'x_ai/grok-4.5',
    'x_ai/grok-4.6',
    'x_ai/grok-build-0.1',
    'x_ai/grok-code-fast-1',
  ],
  'twice the rates from 128,000 tokens on, and fees for searches': [
    'x_ai/grok-4-0709',
    'x_ai/grok-4-1-fast-non-reasoning',
    'x_ai/grok-4-1-fast-reasoning',
    'x_ai/grok-4-fast-non-reasoning',
    'x_ai/grok-4-fast-reasoning',
  ],
  'cut to the price of Grok 4.3 in May 2026, and fees for searches': [
    'x_ai/grok-4.20',
    'x_ai/grok-4.20-multi-agent',
  ],
  'the off-peak hours ended on 2025-09-05, with a new price list': [
    'deepseek/deepseek-chat',
    'deepseek/deepseek-reasoner',
  ],
  "DeepSeek's own price; the source's is that of a host": [
    'deepseek/deepseek-v3.1',
    'deepseek/deepseek-v3.2-exp',
  ],
  'image tokens cost 0.47, which the source lacks': ['cohere/embed-v4.0'],
  'each request pays 5 dollars for 1,000, which the source lacks': [
    'perplexity/llama-3.1-sonar-large-128k-online',
    'perplexity/llama-3.1-sonar-small-128k-online',
  ],
  'the fee of a request is that of the lowest search context size, the source has the highest': [
    'perplexity/sonar',
    'perplexity/sonar-pro',
    'perplexity/sonar-reasoning',
    'perplexity/sonar-reasoning-pro',
  ],
};

export const FIRST_PARTY_DIFFERENCES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(MODELS_BY_REASON).flatMap(([reason, models]) => models.map((model) => [model, reason])),
);
