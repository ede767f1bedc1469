import { expect, test } from 'vitest';
import { awsEventStream } from '../src/aws-event-stream.ts';

test('writes the bytes that the AWS SDK writes for the same event', () => {
  // From the EventStreamCodec of @smithy/core 3.41.0.
  const expected =
    '000000790000004e008431400b3a6576656e742d747970650700086d657461646174610d3a636f6e74656e742d74797065' +
    '0700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b22757361676522' +
    '3a7b22696e707574546f6b656e73223a377d7d0d9bba02';
  const bytes = awsEventStream.encode({ name: 'metadata', data: { usage: { inputTokens: 7 } } });
  expect(Buffer.from(bytes).toString('hex')).toBe(expected);
});
