import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCallAttributes, snakeCase } from './call-attributes.ts';

test.each([
  [{ 'gen_ai.request.search_context_size': 'Low' }],
  [{ searchContextSize: 'low' }],
  [{ web_search_options: { search_context_size: 'low' } }],
  [{ 'llm.invocation_parameters.search-context-size': ' low ' }],
])('%j is a condition under its last segment', (attributes) => {
  expect(readCallAttributes(attributes, 'openai').conditions).toEqual({ search_context_size: 'low' });
});

test('values are texts in lower case; lists and nulls are none', () => {
  const { conditions } = readCallAttributes(
    { audio: true, n: 2, quality: 'HD', stop: ['x'], none: null },
    'openai',
  );
  expect(conditions).toEqual({ audio: 'true', n: '2', quality: 'hd' });
});

test('what the response says counts before what was asked for', () => {
  const said = readCallAttributes(
    {
      'openai.request.service_tier': 'auto',
      'openai.response.service_tier': 'flex',
      'x.response.size': 'a',
      'y.size': 'b',
    },
    'openai',
  );
  expect(said).toMatchObject({ serviceTier: 'flex', conditions: { service_tier: 'flex', size: 'a' } });
});

test.each([
  [{ speed: 'fast' }, 'anthropic', { serviceTier: 'fast' }],
  [{ speed: 1.25 }, 'openai', {}],
  [{ 'anthropic.usage.service_tier': 'batch' }, 'anthropic', { serviceTier: 'batch' }],
  [{ 'anthropic.inference_geo': 'us' }, 'anthropic', { region: 'us' }],
  [{ 'cloud.region': 'us-east-1' }, 'aws.bedrock', { region: 'us-east-1' }],
  [{ 'cloud.region': 'us-east-1' }, 'openai', {}],
  [{ 'gcp.vertex.location': 'us-east5' }, 'gcp.vertex_ai', { region: 'us-east5' }],
  [{ 'web_search_options.user_location.region': 'Bavaria' }, 'openai', {}],
  [{ deployment_type: 'DataZoneStandard' }, 'azure.ai.openai', { region: 'data_zone' }],
  [{ deployment_type: 'GlobalBatch' }, 'azure.ai.openai', { region: 'global' }],
  [{ deployment_type: 'Standard' }, 'azure.ai.openai', { region: 'regional' }],
  [{ 'server.address': 'eu.api.openai.com' }, 'openai', { serverAddress: 'eu.api.openai.com' }],
  [{ 'gen_ai.response.model': 'gpt-5-2025' }, 'openai', { responseModel: 'gpt-5-2025' }],
  [{ 'gen_ai.usage.cost': 0.1 }, 'openrouter', { reportedCost: '0.1' }],
  [{ 'gen_ai.usage.cost': 0.1 }, 'openai', {}],
  [{ 'openrouter.usage.cost': '0.1' }, 'openrouter', { reportedCost: '0.1' }],
  [{ 'usage.cost': 0.1 }, 'openai', { reportedCost: '0.1' }],
  [{ usage: { cost: { total_cost: 0.2 } } }, 'perplexity', { reportedCost: '0.2' }],
  [{ 'gen_ai.provider.name': 'bedrock', 'cloud.region': 'eu-west-1' }, undefined, { region: 'eu-west-1' }],
])('%j at %s says %j', (attributes, provider, expected) => {
  const { conditions: _conditions, provider: _provider, ...said } = readCallAttributes(attributes, provider);
  expect(said).toEqual(expected);
});

test('reads whatever JSON holds', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (attributes) => {
      const { conditions } = readCallAttributes(attributes, 'openai');
      for (const [name, value] of Object.entries(conditions)) {
        expect(name).toBe(snakeCase(name));
        expect(value).toBe(value.toLowerCase());
      }
    }),
  );
});
