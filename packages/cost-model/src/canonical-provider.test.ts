import { expect, test } from 'vitest';
import { canonicalProvider } from './canonical-provider.ts';

test.each([
  ['openai', 'openai'],
  ['OpenAI', 'openai'],
  ['openai.responses', 'openai'],
  ['anthropic.messages', 'anthropic'],
  ['google.generative-ai', 'gcp.gemini'],
  ['google.vertex.chat', 'gcp.vertex_ai'],
  ['azure.chat', 'azure.ai.openai'],
  ['azure.ai.openai', 'azure.ai.openai'],
  ['az.ai.openai', 'azure.ai.openai'],
  ['xai', 'x_ai'],
  ['vertex_ai', 'gcp.vertex_ai'],
  ['aws', 'aws.bedrock'],
  ['acme-internal', 'acme-internal'],
])('%s is %s', (name, canonical) => {
  expect(canonicalProvider(name)).toBe(canonical);
});
