import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awsEvent, awsFrame } from '../../test/bodies/aws-frame.ts';
import { randomFrom } from '../../test/bodies/random.ts';
import { mutated } from '../../test/bodies/random-json.ts';
import { openBody, readBody } from '../../test/bodies/read-body.ts';

const contentType = 'application/vnd.amazon.eventstream';
const paths = ['usage', 'type', 'message.usage'];
const keys = ['usage'];

function read(frames: readonly Buffer[]) {
  const input = { body: Buffer.concat(frames), contentType, paths, keys };
  const whole = readBody(input);
  for (const size of [1, 7, 4096]) expect(readBody({ ...input, size })).toEqual(whole);
  return whole;
}

function wrapped(event: object): string {
  return JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abcdefg' });
}

const CONVERSE = [
  awsEvent('messageStart', '{"role":"assistant"}'),
  awsEvent('contentBlockDelta', '{"delta":{"text":"\\"usage\\":{}"}}'),
  awsEvent('metadata', '{"usage":{"inputTokens":3},"metrics":{"latencyMs":5}}'),
];

describe('AwsFrames', () => {
  it('reads the events by their names', () => {
    expect(read(CONVERSE)).toEqual({
      events: [
        { document: {}, name: 'messageStart' },
        { document: { usage: { inputTokens: 3 } }, name: 'metadata' },
      ],
      failures: [],
      firstEvents: 1,
    });
  });

  it('reads the events that InvokeModelWithResponseStream wraps', () => {
    const { events } = read([
      awsEvent('chunk', wrapped({ type: 'message_start', message: { usage: { input_tokens: 4 } } })),
      awsEvent('chunk', wrapped({ type: 'content_block_delta' })),
      awsEvent('chunk', wrapped({ type: 'message_delta', usage: { output_tokens: 5 } })),
    ]);
    expect(events).toEqual([
      { document: { type: 'message_start', message: { usage: { input_tokens: 4 } } }, name: 'chunk' },
      { document: { type: 'message_delta', usage: { output_tokens: 5 } }, name: 'chunk' },
    ]);
  });

  it('names exceptions, whatever they hold', () => {
    const exception = { ':message-type': 'exception', ':exception-type': 'throttlingException' };
    const error = { ':message-type': 'error', ':error-code': 'internal' };
    for (const payload of ['{"message":"slow down"}', '', 'no JSON', `{"message":"${'x'.repeat(70_000)}"}`]) {
      expect(read([...CONVERSE, awsFrame(exception, payload)]).events.at(-1)).toEqual({
        document: {},
        name: 'throttlingException',
      });
    }
    expect(read([awsEvent('chunk', ''), awsEvent('metadata', '')])).toMatchObject({
      events: [],
      failures: [],
    });
    expect(read([awsFrame(error, '')]).events).toEqual([{ document: {}, name: 'internal' }]);
  });

  it('reads payloads of more than 32 KiB, and passes over long wrapped events', () => {
    const long = JSON.stringify({ text: 'x'.repeat(100_000), usage: { inputTokens: 9 } });
    expect(read([...CONVERSE, awsEvent('metadata', long), ...CONVERSE]).events).toHaveLength(4);
    const { events } = read([
      awsEvent('chunk', wrapped({ text: 'x'.repeat(80_000), usage: 1 })),
      ...CONVERSE,
    ]);
    expect(events).toHaveLength(2);
  });

  it('reads headers of every type', () => {
    const head = (type: number, value: number[]) => Buffer.from([1, 0x61, type, ...value]);
    const values = [
      [],
      [],
      [1],
      [1, 2],
      [1, 2, 3, 4],
      Array(8).fill(9),
      [0, 2, 8, 8],
      [0, 1, 0x62],
      Array(8).fill(1),
      Array(16).fill(7),
    ];
    const [event] = CONVERSE;
    const name = event!.subarray(12, 12 + event!.readUInt32BE(4));
    const headers = Buffer.concat([...values.map((value, type) => head(type, value)), name]);
    expect(read([frameOf(headers, '{"usage":1}')]).events).toEqual([
      { document: { usage: 1 }, name: 'messageStart' },
    ]);
    for (const broken of [head(10, []), head(7, [0, 9]), head(6, [0]), head(5, [1]), Buffer.from([200, 1])]) {
      expect(read([frameOf(broken, '{"usage":1}')])).toMatchObject({
        events: [],
        failures: ['malformed_body'],
      });
    }
  });

  it('fails at lengths that cannot be, and at a checksum that is wrong', () => {
    const edits: ((frame: Buffer) => unknown)[] = [
      (frame) => frame.writeUInt32BE(15, 0),
      (frame) => frame.writeUInt32BE(25 * 1024 * 1024, 0),
      (frame) => frame.writeUInt32BE(5000, 4),
      (frame) => frame.writeUInt8(frame[8]! ^ 1, 8),
    ];
    for (const edit of edits) {
      const frame = Buffer.from(CONVERSE[0]!);
      edit(frame);
      expect(read([frame, ...CONVERSE])).toMatchObject({ events: [], failures: ['malformed_body'] });
    }
  });

  it('fails at the end within a frame, unless the exchange broke off', () => {
    const body = Buffer.concat(CONVERSE).subarray(0, -20);
    expect(readBody({ body, contentType, paths, keys }).failures).toEqual(['malformed_body']);
    expect(readBody({ body, contentType, paths, keys, isCut: true }).failures).toEqual([]);
  });

  it('hands on an event as soon as its payload has come', () => {
    const { reader, result } = openBody({ contentType, paths, keys });
    reader?.push(CONVERSE[0]!.subarray(0, -4));
    expect(result.events).toHaveLength(1);
    reader?.close();
  });

  it('survives damage, and reads it alike however it is split', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed);
        const body = mutated(
          Buffer.concat([...CONVERSE, awsEvent('chunk', wrapped({ usage: 1 })), ...CONVERSE]),
          random,
        );
        const input = { body, contentType, paths, keys };
        expect(readBody({ ...input, size: random })).toEqual(readBody(input));
      }),
      { numRuns: 3000 },
    );
  });
});

/** A frame with headers as they are. */
function frameOf(headers: Buffer, payload: string): Buffer {
  const plain = awsFrame({}, Buffer.concat([headers, Buffer.from(payload)]));
  plain.writeUInt32BE(headers.length, 4);
  plain.writeUInt32BE(crc32(plain.subarray(0, 8)), 8);
  return plain;
}
