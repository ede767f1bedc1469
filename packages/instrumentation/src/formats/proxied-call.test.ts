import { expect, test } from 'vitest';
import { proxiedCall } from './proxied-call.ts';

const read = (
  headers: Record<string, string>,
  provider = 'openai',
  serverAddress = 'proxy.internal',
): ReturnType<typeof proxiedCall> =>
  proxiedCall(
    { statusCode: 200, header: (name) => headers[name] },
    { provider, serverAddress, serverPort: 443, pathFields: {}, bodyFields: {} },
  );

test.each<[Record<string, string>, string | undefined]>([
  [{}, undefined],
  [{ 'x-litellm-model-api-base': 'https://api.groq.com/openai/v1/' }, 'groq'],
  [{ 'x-litellm-model-api-base': 'https://acme.openai.azure.com' }, 'azure.ai.openai'],
  [{ 'x-litellm-model-api-base': 'http://10.0.0.9:8000/v1' }, undefined],
  [{ 'x-litellm-model-api-base': 'no address' }, undefined],
  [{ 'x-portkey-provider': 'anthropic' }, 'anthropic'],
  [{ 'x-portkey-provider': '@prod-keys' }, undefined],
  [{ 'x-inference-provider': 'together' }, undefined],
])('behind a proxy with %j is %s', (headers, provider) => {
  expect(read(headers).provider).toBe(provider);
});

test('a host that is known answers for itself', () => {
  const headers = { 'x-portkey-provider': 'anthropic' };
  expect(read(headers, 'openai', 'api.openai.com').provider).toBeUndefined();
});

test("Hugging Face's router names whom it went to", () => {
  const headers = { 'x-inference-provider': 'Together' };
  expect(read(headers, 'huggingface', 'router.huggingface.co').provider).toBe('huggingface_together');
});

test.each<[Record<string, string>, true | undefined]>([
  [{ 'cf-aig-cache-status': 'HIT' }, true],
  [{ 'cf-aig-cache-status': 'MISS' }, undefined],
  [{ 'x-portkey-cache-status': 'SEMANTIC HIT' }, true],
  [{ 'x-portkey-cache-status': 'SEMANTIC MISS' }, undefined],
  [{ 'x-openrouter-cache-status': 'HIT' }, true],
  [{ 'x-litellm-cache-key': 'f3a1' }, true],
  [{ 'x-litellm-cache-key': '' }, undefined],
])('%j is from a cache: %s', (headers, answeredFromCache) => {
  expect(read(headers).answeredFromCache).toBe(answeredFromCache);
});
