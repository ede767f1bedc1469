import { expect, test } from 'vitest';
import { CALL } from '../test/model-call-fixture.ts';
import { isModelServer } from './is-model-server.ts';

const ANSWERED = { ...CALL, requestModel: 'gpt-oss:20b', responseModel: 'gpt-oss:20b' };

test.each([
  'vllm',
  'hosted_vllm',
  'sglang',
  'tgi',
  'triton',
  'tensorrt-llm',
  'ollama',
  'llama_cpp',
  'lmstudio',
  'lm_studio',
])('%s stands for hardware of one’s own', (provider) => {
  expect(isModelServer({ ...ANSWERED, provider })).toBe(true);
  expect(isModelServer({ ...ANSWERED, provider, serverAddress: 'gpu-7.internal' })).toBe(true);
});

test.each([
  undefined,
  'openai',
  'groq',
  'cerebras',
  'together_ai',
  'huggingface',
  'nvidia',
  'azure.ai.openai',
])('%s does not', (provider) => {
  expect(isModelServer({ ...ANSWERED, provider })).toBe(false);
});

test('a model server reported the call itself', () => {
  expect(isModelServer({ ...ANSWERED, provider: undefined, usageSource: 'server' })).toBe(true);
  expect(isModelServer({ ...ANSWERED, provider: undefined, usageSource: 'wire' })).toBe(false);
});

test.each([
  { serverAddress: 'ollama.com' },
  { serverAddress: 'API.ollama.com' },
  { requestModel: 'gpt-oss:120b-cloud', responseModel: 'gpt-oss:120b-cloud' },
  { requestModel: 'kimi-k2.5:cloud', responseModel: undefined },
  { requestModel: undefined, responseModel: 'glm-5:cloud' },
])('Ollama’s cloud answered: %j', (facts) => {
  expect(isModelServer({ ...ANSWERED, provider: 'ollama', ...facts })).toBe(false);
});

test('a cloud in the name of somebody else’s model, or of a host, says nothing', () => {
  expect(isModelServer({ ...ANSWERED, provider: 'vllm', requestModel: 'my-cloud' })).toBe(true);
  expect(isModelServer({ ...ANSWERED, provider: 'ollama', serverAddress: 'notollama.com' })).toBe(true);
});

test('a provider that runs vLLM is paid by the token', () => {
  expect(isModelServer({ ...ANSWERED, provider: 'vllm', serverAddress: 'api.together.xyz' })).toBe(false);
});
