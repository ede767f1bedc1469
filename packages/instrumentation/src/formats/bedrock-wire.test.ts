import { expect, test } from 'vitest';
import { bedrockException, bedrockRegion } from './bedrock-wire.ts';

test.each([
  ['bedrock-runtime.us-east-1.amazonaws.com', 'us-east-1'],
  ['bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['bedrock-runtime.eu-central-1.api.aws', 'eu-central-1'],
  ['bedrock-runtime.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['vpce-0a1b-2c3d.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com', 'ap-southeast-2'],
  ['llm.internal', undefined],
  ['my-bedrock-runtime.us-east-1.example.com', undefined],
])('%s is in %s', (serverAddress, region) => {
  expect(bedrockRegion(serverAddress)).toBe(region);
});

test.each([
  ['throttlingException', 'ThrottlingException'],
  ['modelStreamErrorException', 'ModelStreamErrorException'],
  ['InternalServerError', 'InternalServerError'],
  ['metadata', undefined],
  ['chunk', undefined],
  [undefined, undefined],
])('the frame %s is the exception %s', (eventName, exception) => {
  expect(bedrockException(eventName)).toBe(exception);
});
