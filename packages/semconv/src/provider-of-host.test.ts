import { canonicalProvider } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { providerAtHost, providerOfHost } from './provider-of-host.ts';

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

test.each([
  ['api.openai.com', 'openai'],
  ['eu.api.openai.com', 'openai'],
  ['bedrock-runtime.eu-central-1.amazonaws.com', 'aws.bedrock'],
  ['vpce-0a1b.bedrock-runtime.us-east-1.vpce.amazonaws.com', 'aws.bedrock'],
  ['bedrock-mantle.us-west-2.api.aws', 'aws.bedrock'],
  ['bedrock-runtime.evil.com', undefined],
  ['us-central1-aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['aiplatform.googleapis.com', 'gcp.vertex_ai'],
  ['aiplatform.eu.rep.googleapis.com', 'gcp.vertex_ai'],
  ['evilaiplatform.googleapis.com', undefined],
  ['API.VoyageAI.com', 'voyageai'],
  ['gateway.ai.cloudflare.com', undefined],
  ['localhost', undefined],
  ['', undefined],
])('the provider at %s is %s', (host, provider) => {
  expect(providerAtHost(host)).toBe(provider);
  expect(providerAtHost(host)).toBe(provider);
});

test('a name of OpenTelemetry or of the price book stands for each host', () => {
  const hosts = [
    'api.together.xyz',
    'api.x.ai',
    'api.z.ai',
    'api.novita.ai',
    'api.fireworks.ai',
    'api.mistral.ai',
  ];
  for (const host of hosts) {
    const provider = providerAtHost(host);
    expect(provider).toBeDefined();
    expect(canonicalProvider(provider ?? '')).toBe(provider);
  }
});
