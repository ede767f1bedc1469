import { crc32 } from 'node:zlib';

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const TEXT_TYPE = 7;

/** One event of a stream, as it stands in a line of a fixture. */
export interface FrameFixture {
  /** The name of the event, or of the exception. */
  readonly event: string;
  readonly payload: unknown;
  /** A model's own event, which a frame carries in base64 between other fields. */
  readonly chunk?: unknown;
}

/** Frames of AWS's event stream, as `InvokeModelWithResponseStream` and `ConverseStream` send them. */
export function awsFrame({ event, payload, chunk }: FrameFixture): Buffer {
  const isException = event.endsWith('Exception');
  const headers = Buffer.concat([
    textHeader(isException ? ':exception-type' : ':event-type', event),
    textHeader(':content-type', 'application/json'),
    textHeader(':message-type', isException ? 'exception' : 'event'),
  ]);
  const wrapped = { bytes: Buffer.from(JSON.stringify(chunk ?? null)).toString('base64'), p: 'abcdefgh' };
  const body = Buffer.from(JSON.stringify(chunk === undefined ? payload : wrapped));
  const frame = Buffer.alloc(PRELUDE_BYTES + headers.length + body.length + CHECKSUM_BYTES);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(headers.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  headers.copy(frame, PRELUDE_BYTES);
  body.copy(frame, PRELUDE_BYTES + headers.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, frame.length - CHECKSUM_BYTES)), frame.length - CHECKSUM_BYTES);
  return frame;
}

function textHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(Buffer.byteLength(value));
  return Buffer.concat([
    Buffer.from([Buffer.byteLength(name)]),
    Buffer.from(name),
    Buffer.from([TEXT_TYPE]),
    length,
    Buffer.from(value),
  ]);
}
