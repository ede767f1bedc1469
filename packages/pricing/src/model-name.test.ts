import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSnapshotRemainder, modelNameCandidates } from './model-name.ts';

const namesOf = (provider: string, reported: string): string[] =>
  modelNameCandidates(provider, reported).map((each) => each.name);

test.each([
  ['openai', ' OpenAI/GPT-4o-2024-08-06 ', 'gpt-4o'],
  ['openai', 'gpt-4o-2024-08-06', 'gpt-4o'],
  ['openai', 'openai:gpt-4o', 'gpt-4o'],
  ['openai', 'openai.responses/gpt-4o', 'gpt-4o'],
  ['openai', 'ft:gpt-4o-mini-2024-07-18:acme:support:9ab', 'ft:gpt-4o-mini'],
  ['openai', 'ft:gpt-4o-mini-2024-07-18:acme:support:9ab:ckpt-step-80', 'ft:gpt-4o-mini'],
  ['openai', 'openai/ft:gpt-4o-mini-2024-07-18:acme::9ab', 'ft:gpt-4o-mini-2024-07-18'],
  ['azure.ai.openai', 'azure/gpt-4o-2024-08-06', 'gpt-4o'],
  ['azure.ai.openai', 'azure/global/gpt-4o', 'gpt-4o'],
  ['azure.ai.openai', 'azure/global-standard/gpt-4o', 'gpt-4o'],
  ['azure.ai.openai', 'azure/eu/gpt-4o', 'eu/gpt-4o'],
  ['anthropic', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
  ['anthropic', 'anthropic/claude-3.5-sonnet', 'claude-3-5-sonnet'],
  ['anthropic', 'claude-sonnet-4.5', 'claude-sonnet-4-5'],
  ['anthropic', 'claude-4.5-sonnet-20250929', 'claude-sonnet-4-5'],
  ['anthropic', 'claude-4-opus', 'claude-opus-4'],
  ['anthropic', 'claude-sonnet-3.7', 'claude-3-7-sonnet'],
  ['anthropic', 'claude-haiku-3', 'claude-3-haiku'],
  ['gcp.vertex_ai', 'claude-sonnet-4-5@20250929', 'claude-sonnet-4-5'],
  ['gcp.vertex_ai', 'vertex_ai/claude-3.5-sonnet@20240620', 'claude-3-5-sonnet'],
  [
    'gcp.vertex_ai',
    'projects/p/locations/l/publishers/anthropic/models/claude-opus-5@default',
    'claude-opus-5',
  ],
  ['gcp.vertex_ai', 'google/gemini-2.5-pro', 'gemini-2.5-pro'],
  ['gcp.gemini', 'models/gemini-2.0-flash-001', 'gemini-2.0-flash'],
  ['gcp.gemini', 'gemini/gemini-2.5-pro', 'gemini-2.5-pro'],
  ['aws.bedrock', 'eu.anthropic.claude-3-5-sonnet-20241022-v2:0', 'anthropic.claude-3-5-sonnet-20241022-v2'],
  ['aws.bedrock', 'anthropic.claude-opus-4-5-20251101-v1:0:200k', 'anthropic.claude-opus-4-5'],
  ['aws.bedrock', 'bedrock/us.meta.llama3-3-70b-instruct-v1:0', 'meta.llama3-3-70b-instruct-v1'],
  ['aws.bedrock', 'bedrock/converse/us.anthropic.claude-opus-4-5-20251101-v1:0', 'anthropic.claude-opus-4-5'],
  ['aws.bedrock', 'bedrock/us-west-2/mistral.mistral-7b-instruct-v0:2', 'mistral.mistral-7b-instruct-v0'],
  ['aws.bedrock', 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0', 'amazon.nova-lite-v1'],
  [
    'aws.bedrock',
    'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0',
    'amazon.nova-lite-v1',
  ],
  [
    'aws.bedrock',
    'arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-lite-v1:0',
    'us-gov.amazon.nova-lite-v1',
  ],
  ['groq', 'groq/openai/gpt-oss-20b', 'openai/gpt-oss-20b'],
  ['fireworks_ai', 'fireworks_ai/accounts/fireworks/models/kimi-k2p6', 'kimi-k2p6'],
  ['fireworks_ai', 'accounts/fireworks/routers/kimi-k2p6-fast', 'kimi-k2p6-fast'],
  ['together_ai', 'together_ai/meta-llama/Llama-3.3-70B', 'meta-llama/llama-3.3-70b'],
  ['openrouter', 'openrouter/anthropic/claude-3-5-haiku', 'anthropic/claude-3.5-haiku'],
  ['openrouter', 'anthropic/claude-sonnet-4-5', 'anthropic/claude-sonnet-4.5'],
  ['openrouter', 'anthropic/claude-4-sonnet-20250522', 'anthropic/claude-sonnet-4'],
  ['openrouter', 'anthropic/claude-4.1-opus:beta', 'anthropic/claude-opus-4.1:beta'],
  ['openrouter', 'meta-llama/llama-3.3-70b-instruct:free', '*:free'],
  ['openrouter', 'openai/gpt-4o:online', '*:online'],
  ['openrouter', 'openai/gpt-4o:nitro', 'openai/gpt-4o'],
])('%s: %s can be listed as %s', (provider, reported, name) => {
  expect(namesOf(provider, reported)).toContain(name);
});

test.each([
  ['groq', 'openai/gpt-oss-20b', 'gpt-oss-20b'],
  ['openai', 'meta-llama/gpt-4o', 'gpt-4o'],
  ['openai', 'text-embedding-ada-003', 'text-embedding-ada'],
  ['openai', 'gpt-3.5-turbo-1106', 'gpt-3.5-turbo'],
  ['openai', 'gpt-4o-latest', 'gpt-4o'],
  ['openai', 'gpt-4o-2024-13-06', 'gpt-4o'],
  ['openai', 'ft:gpt-4o-2024-08-06:acme::9ab', 'gpt-4o-2024-08-06'],
  ['azure.ai.openai', 'azure/eu/gpt-4o', 'gpt-4o'],
  ['anthropic', 'claude-opus-5-5', 'claude-opus-5'],
  ['anthropic', 'claude-3.5-sonnet-v2', 'claude-3-5-sonnet'],
  ['anthropic', 'claude-sonnet-45', 'claude-sonnet-4-5'],
  ['aws.bedrock', 'global.anthropic.claude-opus-5', 'anthropic.claude-opus-5'],
  ['aws.bedrock', 'us-gov.anthropic.claude-opus-5', 'anthropic.claude-opus-5'],
  ['aws.bedrock', 'bedrock/us-gov-west-1/anthropic.claude-opus-5', 'anthropic.claude-opus-5'],
  [
    'aws.bedrock',
    'arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-lite-v1:0',
    'amazon.nova-lite-v1',
  ],
  [
    'aws.bedrock',
    'arn:aws-cn:bedrock:cn-north-1::foundation-model/amazon.nova-lite-v1:0',
    'amazon.nova-lite-v1',
  ],
  ['aws.bedrock', 'amazon.titan-embed-text-v2:0', 'amazon.titan-embed-text'],
  ['fireworks_ai', 'accounts/acme/models/kimi-k2p6', 'kimi-k2p6'],
  ['fireworks_ai', 'accounts/fireworks/models/kimi-k2p6#accounts/acme/deployments/d', 'kimi-k2p6'],
  ['aws.bedrock', 'bedrock/cn-north-1/anthropic.claude-opus-5', 'anthropic.claude-opus-5'],
  ['openrouter', 'openai/gpt-4o:online', 'openai/gpt-4o'],
  ['openrouter', 'openai/gpt-4o:nitro:online', 'openai/gpt-4o:online'],
  ['openrouter', 'anthropic/claude-sonnet-4-20250514', 'anthropic/claude-sonnet-4.20250514'],
  ['openrouter', 'openai/gpt-4o:free', 'openai/gpt-4o'],
  ['openrouter', 'openai/gpt-4o:extended', 'openai/gpt-4o'],
  ['openrouter', 'anthropic/claude-opus-4:thinking', 'anthropic/claude-opus-4'],
  ['openrouter', 'openai/gpt-6-sol:batch', 'openai/gpt-6-sol'],
  ['openrouter', 'acme/sugar:freedom', '*:free'],
])('%s: %s is never taken for %s', (provider, reported, name) => {
  expect(namesOf(provider, reported)).not.toContain(name);
});

test('the name as reported comes first', () => {
  expect(modelNameCandidates('openai', 'gpt-4o-2024-08-06')).toEqual([
    { name: 'gpt-4o-2024-08-06', how: 'by its name', exact: true },
    {
      name: 'gpt-4o',
      how: 'by its name, as its snapshot "2024-08-06"',
      exact: true,
      snapshotDay: '2024-08-06',
    },
  ]);
});

test.each([
  ['openrouter', 'deepseek/deepseek-r1:nitro', 'deepseek/deepseek-r1'],
  ['openrouter', 'deepseek/deepseek-r1:floor', 'deepseek/deepseek-r1'],
  ['openrouter', 'anthropic/claude-3-5-haiku:exacto', 'anthropic/claude-3.5-haiku'],
  ['aws.bedrock', 'bedrock/us-west-2/mistral.mistral-7b-instruct-v0:2', 'mistral.mistral-7b-instruct-v0'],
])('%s: the price of %s is only near that of %s', (provider, reported, name) => {
  const candidates = modelNameCandidates(provider, reported);
  expect(candidates.find((each) => each.name === name)?.exact).toBe(false);
  expect(candidates[0]?.exact).toBe(true);
});

test('names of which the price is uncertain come last', () => {
  const candidates = modelNameCandidates('aws.bedrock', 'us-west-2/mistral.mistral-7b-20240101');
  const exact = candidates.map((each) => each.exact);
  expect(exact).toContain(false);
  expect(exact).toEqual(exact.toSorted((a, b) => Number(b) - Number(a)));
});

const PROVIDERS = [
  'openai',
  'anthropic',
  'gcp.gemini',
  'gcp.vertex_ai',
  'aws.bedrock',
  'azure.ai.openai',
  'fireworks_ai',
  'openrouter',
  'acme',
];
const PIECES = [
  'openrouter/',
  'anthropic/',
  'anthropic:',
  'bedrock/',
  'us.',
  'us-west-2/',
  'arn:aws:bedrock:us-east-1::foundation-model/',
  'models/',
  'accounts/fireworks/models/',
  'ft:',
  'claude-3.5-sonnet',
  'claude-opus-4-1',
  'gpt-4o',
  ':nitro',
  ':free',
  ':online',
  ':0',
  '@default',
  '-20250929',
  '-2025-08-07',
  '-001',
  '-v1',
  '/',
  ':',
];
const provider = fc.constantFrom(...PROVIDERS);
const reported = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 600 }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((pieces) => pieces.join('')),
);

test('any name leads to a few distinct names, the reported one among them', () => {
  fc.assert(
    fc.property(provider, reported, (host, name) => {
      const candidates = modelNameCandidates(host, name);
      const names = candidates.map((each) => each.name);
      expect(names.length).toBeLessThanOrEqual(32);
      expect(new Set(names).size).toBe(names.length);
      expect(names).not.toContain('');
      if (name.trim() !== '') expect(names[0]).toBe(name.trim().toLowerCase());
      const firstInexact = candidates.findIndex((each) => !each.exact);
      if (firstInexact !== -1) expect(candidates.slice(firstInexact).some((each) => each.exact)).toBe(false);
    }),
  );
});

test('upper case and surrounding space change nothing, and so does asking again', () => {
  fc.assert(
    fc.property(provider, fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }), (host, pieces) => {
      const name = pieces.join('');
      const candidates = modelNameCandidates(host, name);
      expect(modelNameCandidates(host, ` ${name.toUpperCase()}\t`)).toEqual(candidates);
      expect(modelNameCandidates(host, candidates[0]?.name ?? '')).toEqual(candidates);
    }),
  );
});

test('a name with another digit or letter at its end leads to no name without it', () => {
  fc.assert(
    fc.property(
      provider,
      fc.constantFrom(
        'gpt-4o',
        'claude-opus-4',
        'gemini-2.5-pro',
        'llama-3.3-70b',
        'anthropic/claude-opus-4',
      ),
      fc.constantFrom('-5', '.5', '-mini', '-tts', 'x', '-fast', ':thinking', '-latest', '-preview', '-5-5'),
      (host, name, suffix) => {
        expect(namesOf(host, `${name}${suffix}`)).not.toContain(name);
      },
    ),
  );
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
  ':nitro',
])('%s can be another model', (remainder) => {
  expect(isSnapshotRemainder(remainder)).toBe(false);
});
