import { expect, test } from 'vitest';
import { matchRequest } from './match-request.ts';
import type { WireEndpoint } from './wire-endpoint.ts';

function match(url: string, { method = 'POST', endpoints = [] as WireEndpoint[] } = {}) {
  const { origin } = new URL(url);
  return matchRequest({ method, origin, path: url.slice(origin.length) }, endpoints);
}

test.each([
  ['https://api.openai.com/v1/chat/completions', 'openai-chat', 'openai'],
  ['https://api.openai.com/v1/responses', 'openai-responses', 'openai'],
  ['https://api.openai.com/v1/embeddings', 'openai-embeddings', 'openai'],
  ['https://api.openai.com/v1/audio/transcriptions', 'openai-transcriptions', 'openai'],
  ['https://api.openai.com/v1/images/generations', 'openai-images', 'openai'],
  ['https://acme.openai.azure.com/openai/v1/chat/completions', 'openai-chat', 'azure.ai.openai'],
  ['https://openrouter.ai/api/v1/chat/completions', 'openai-chat', 'openrouter'],
  ['https://api.groq.com/openai/v1/chat/completions', 'openai-chat', 'groq'],
  ['https://api.together.xyz/v1/chat/completions', 'openai-chat', 'together_ai'],
  ['https://api.fireworks.ai/inference/v1/chat/completions', 'openai-chat', 'fireworks_ai'],
  ['https://api.deepseek.com/chat/completions', 'openai-chat', 'deepseek'],
  ['https://api.x.ai/v1/chat/completions', 'openai-chat', 'x_ai'],
  ['https://api.mistral.ai/v1/chat/completions', 'openai-chat', 'mistral_ai'],
  ['http://10.0.3.7:8000/v1/chat/completions', 'openai-chat', 'openai'],
  ['https://api.anthropic.com/v1/messages?beta=true', 'anthropic-messages', 'anthropic'],
  ['https://api.cohere.com/v2/chat', 'cohere-chat', 'cohere'],
  ['http://localhost:11434/api/chat', 'ollama-chat', 'ollama'],
])('%s is %s of %s', (url, format, provider) => {
  const matched = match(url);
  expect(matched?.format.name).toBe(format);
  expect(matched?.request.provider).toBe(provider);
});

test('a path names the model and the region', () => {
  const gemini = match(
    'https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse',
  );
  expect(gemini?.request).toMatchObject({ provider: 'gcp.gemini', pathFields: { model: 'gemini-3-pro' } });
  const vertex = match(
    'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models/gemini-3-pro:generateContent',
  );
  expect(vertex?.request).toMatchObject({
    provider: 'gcp.vertex_ai',
    pathFields: { model: 'gemini-3-pro', region: 'us-central1' },
  });
  const bedrock = match(
    'https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream',
  );
  expect(bedrock?.request).toMatchObject({
    provider: 'aws.bedrock',
    pathFields: { model: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0' },
  });
  const azure = match(
    'https://acme.openai.azure.com/openai/deployments/chat-prod/chat/completions?api-version=2026-01-01',
  );
  expect(azure?.request.pathFields).toEqual({ model: 'chat-prod' });
});

test.each([
  'https://example.com/',
  'https://example.com/v1/chat/completions/abc',
  'https://api.anthropic.com/v1/messages/count_tokens',
  'https://api.openai.com/v1/models',
  'https://api.openai.com/v1/files/file-1/content',
  'http://127.0.0.1:4318/v1/traces',
  `https://api.openai.com/${'x'.repeat(5000)}/v1/chat/completions`,
])('%s calls no model', (url) => {
  expect(match(url)).toBeUndefined();
});

test('only what sends a request is a call; answers in the background are asked for', () => {
  expect(match('https://api.openai.com/v1/chat/completions', { method: 'OPTIONS' })).toBeUndefined();
  expect(match('https://api.openai.com/v1/chat/completions', { method: 'GET' })).toBeUndefined();
  expect(match('https://api.openai.com/v1/responses/resp_1', { method: 'GET' })?.method).toBe('GET');
});

test('a path that others have too is certain only at a host that is known', () => {
  expect(match('https://api.anthropic.com/v1/messages')?.isCertain).toBe(true);
  expect(match('https://crm.example.com/v1/messages')?.isCertain).toBe(false);
  expect(match('https://crm.example.com/v1/chat/completions')?.isCertain).toBe(true);
});

test('an IPv6 address has no brackets, and a scheme its port', () => {
  expect(match('http://[::1]:8000/v1/chat/completions')?.request).toMatchObject({
    serverAddress: '::1',
    serverPort: 8000,
  });
  expect(match('https://api.openai.com/v1/chat/completions')?.request.serverPort).toBe(443);
});

test.each([
  ['10.0.3.7:8000', 'http://10.0.3.7:8000/v1/chat/completions', 'vllm'],
  ['10.0.3.7', 'http://10.0.3.7:8000/v1/chat/completions', 'vllm'],
  ['10.0.3.7:443', 'https://10.0.3.7/v1/chat/completions', 'vllm'],
  ['::1', 'http://[::1]:8000/v1/chat/completions', 'vllm'],
  ['[::1]:8000', 'http://[::1]:8000/v1/chat/completions', 'vllm'],
  ['LLM.internal', 'http://llm.internal/v1/chat/completions', 'vllm'],
  ['10.0.3.8', 'http://10.0.3.7:8000/v1/chat/completions', 'openai'],
])('the endpoint %s and %s: %s', (address, url, provider) => {
  expect(match(url, { endpoints: [{ address, provider: 'vllm' }] })?.request.provider).toBe(provider);
});

test('the first endpoint that fits counts, also to leave calls alone', () => {
  const endpoints: WireEndpoint[] = [
    { address: 'proxy.internal', pathPrefix: '/private', ignore: true },
    { address: 'proxy.internal', pathPrefix: '/azure', provider: 'azure.ai.openai' },
    { address: 'proxy.internal', provider: 'groq' },
  ];
  expect(match('http://proxy.internal/private/v1/chat/completions', { endpoints })).toBeUndefined();
  expect(match('http://proxy.internal/azure/v1/chat/completions', { endpoints })?.request.provider).toBe(
    'azure.ai.openai',
  );
  expect(match('http://proxy.internal/v1/chat/completions', { endpoints })?.request.provider).toBe('groq');
});
