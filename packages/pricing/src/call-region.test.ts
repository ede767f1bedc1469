import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { chatCall } from '../test/price-book-fixture.ts';
import { callRegion } from './call-region.ts';

test.each<[Partial<ModelCall>, string | undefined]>([
  [{ region: ' US ', provider: 'anthropic' }, 'us'],
  [{ provider: 'anthropic', serverAddress: 'api.anthropic.com' }, undefined],
  [{ provider: 'openai', serverAddress: 'api.openai.com' }, undefined],
  [{ provider: 'openai', serverAddress: 'EU.api.openai.com' }, 'eu'],
  [
    { provider: 'aws.bedrock', serverAddress: 'bedrock-runtime.ap-southeast-2.amazonaws.com' },
    'ap-southeast-2',
  ],
  [
    { provider: 'aws.bedrock', serverAddress: 'bedrock-runtime-fips.us-gov-west-1.amazonaws.com' },
    'us-gov-west-1',
  ],
  [{ provider: 'aws.bedrock', serverAddress: 'localhost' }, undefined],
  [
    {
      provider: 'aws.bedrock',
      serverAddress: 'vpce-0a1b-c2d3.bedrock-runtime.ap-northeast-1.vpce.amazonaws.com',
    },
    'ap-northeast-1',
  ],
  [{ provider: 'aws.bedrock', requestModel: 'ap-northeast-1/amazon.nova-lite-v1:0' }, 'ap-northeast-1'],
  [{ provider: 'openai', region: ' ', serverAddress: 'eu.api.openai.com' }, 'eu'],
  [
    {
      provider: 'aws.bedrock',
      requestModel: 'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5',
      serverAddress: 'bedrock-runtime.us-east-1.amazonaws.com',
    },
    'eu-west-1',
  ],
  [{ provider: 'gcp.vertex_ai', serverAddress: 'us-east5-aiplatform.googleapis.com' }, 'us-east5'],
  [{ provider: 'gcp.vertex_ai', serverAddress: 'aiplatform.googleapis.com' }, 'global'],
  [{ provider: 'gcp.vertex_ai', serverAddress: 'aiplatform.eu.rep.googleapis.com' }, 'eu'],
  [{ provider: 'gcp.vertex_ai', serverAddress: 'example.com' }, undefined],
  [
    {
      provider: 'gcp.vertex_ai',
      requestModel: 'projects/p/locations/europe-west4/publishers/google/models/x',
    },
    'europe-west4',
  ],
])('%j was processed in %j', (fields, region) => {
  expect(callRegion(chatCall(fields))).toBe(region);
});
