import { expect, test } from 'vitest';
import { providerOfHost } from './provider-of-host.ts';

test.each([
  ['openai', 'api.openai.com', 'openai'],
  ['openai', 'acme.openai.azure.com', 'azure.ai.openai'],
  ['openai', 'API.DeepSeek.com', 'deepseek'],
  ['openai', 'openrouter.ai', 'openrouter'],
  ['openai', 'evilopenrouter.ai', 'openai'],
  ['openai', '10.0.3.7', 'openai'],
  ['openai', undefined, 'openai'],
  ['azure.ai.openai', 'api.groq.com', 'azure.ai.openai'],
  [undefined, 'api.groq.com', undefined],
])('%s at %s is %s', (named, host, provider) => {
  expect(providerOfHost(named, host)).toBe(provider);
});
