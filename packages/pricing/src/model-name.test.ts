import { expect, test } from 'vitest';
import { isSnapshotRemainder, modelNameCandidates } from './model-name.ts';

test.each([
  ['openai', ' OpenAI/GPT-4o-2024-08-06 ', 'gpt-4o'],
  ['openai', 'gpt-4o-2024-08-06', 'gpt-4o'],
  ['anthropic', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
  ['gcp.vertex_ai', 'claude-sonnet-4-5@20250929', 'claude-sonnet-4-5'],
  [
    'gcp.vertex_ai',
    'projects/p/locations/l/publishers/anthropic/models/claude-opus-5@default',
    'claude-opus-5',
  ],
  ['gcp.gemini', 'models/gemini-2.0-flash-001', 'gemini-2.0-flash'],
  ['gcp.gemini', 'gemini/gemini-2.5-pro', 'gemini-2.5-pro'],
  ['aws.bedrock', 'eu.anthropic.claude-3-5-sonnet-20241022-v2:0', 'anthropic.claude-3-5-sonnet-20241022-v2'],
  ['aws.bedrock', 'anthropic.claude-opus-4-5-20251101-v1:0:200k', 'anthropic.claude-opus-4-5'],
  ['aws.bedrock', 'bedrock/us.meta.llama3-3-70b-instruct-v1:0', 'meta.llama3-3-70b-instruct-v1'],
  ['aws.bedrock', 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0', 'amazon.nova-lite-v1'],
  ['openai', 'ft:gpt-4o-mini-2024-07-18:acme:support:9ab', 'ft:gpt-4o-mini'],
  ['groq', 'groq/openai/gpt-oss-20b', 'openai/gpt-oss-20b'],
])('%s: %s can be listed as %s', (provider, reported, name) => {
  expect(modelNameCandidates(provider, reported).map((each) => each.name)).toContain(name);
});

test.each([
  ['groq', 'openai/gpt-oss-20b', 'gpt-oss-20b'],
  ['openai', 'meta-llama/gpt-4o', 'gpt-4o'],
  ['openai', 'text-embedding-ada-003', 'text-embedding-ada'],
  ['openai', 'gpt-3.5-turbo-1106', 'gpt-3.5-turbo'],
  ['openai', 'gpt-4o-latest', 'gpt-4o'],
  ['openai', 'gpt-4o-2024-13-06', 'gpt-4o'],
  ['anthropic', 'claude-opus-5-5', 'claude-opus-5'],
  ['aws.bedrock', 'global.anthropic.claude-opus-5', 'anthropic.claude-opus-5'],
  ['aws.bedrock', 'us-gov.anthropic.claude-opus-5', 'anthropic.claude-opus-5'],
  ['aws.bedrock', 'amazon.titan-embed-text-v2:0', 'amazon.titan-embed-text'],
])('%s: %s is never taken for %s', (provider, reported, name) => {
  expect(modelNameCandidates(provider, reported).map((each) => each.name)).not.toContain(name);
});

test('the name as reported comes first', () => {
  expect(modelNameCandidates('openai', 'gpt-4o-2024-08-06')).toEqual([
    { name: 'gpt-4o-2024-08-06', how: 'by its name' },
    { name: 'gpt-4o', how: 'by its name, as its snapshot "2024-08-06"' },
  ]);
});

test.each([
  '-preview-05-06',
  '-preview',
  '-latest',
  '-exp-1219',
  '@20250929',
  '-09-2025',
  '-2025-08-07',
  '-001',
])('%s only dates a version', (remainder) => {
  expect(isSnapshotRemainder(remainder)).toBe(true);
});

test.each([
  '',
  '-5',
  '-5-5',
  '.5',
  '-tts',
  '-preview-tts',
  '-mini',
  '-8b',
  '-image-preview',
  '-thinking',
  'x-latest',
])('%s can be another model', (remainder) => {
  expect(isSnapshotRemainder(remainder)).toBe(false);
});
