import { crc32 } from 'node:zlib';
import type { EventFraming } from './wire-api.ts';

const PRELUDE_BYTES = 8;
const CRC_BYTES = 4;
const STRING_HEADER = 7;

/**
 * `application/vnd.amazon.eventstream`: binary messages of a prelude (total length, headers' length), its CRC,
 * the headers, the payload and the CRC of everything before.
 *
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export const awsEventStream: EventFraming = {
  contentType: 'application/vnd.amazon.eventstream',
  encode({ name = 'chunk', data }) {
    const payload = Buffer.from(typeof data === 'string' ? data : JSON.stringify(data));
    return encodeMessage(
      [
        [':event-type', name],
        [':content-type', 'application/json'],
        [':message-type', 'event'],
      ],
      payload,
    );
  },
};

function encodeMessage(headers: readonly (readonly [string, string])[], payload: Uint8Array): Buffer {
  const headerBytes = Buffer.concat(headers.map(([name, value]) => encodeHeader(name, value)));
  const total = PRELUDE_BYTES + CRC_BYTES + headerBytes.length + payload.length + CRC_BYTES;
  const message = Buffer.alloc(total);
  message.writeUInt32BE(total, 0);
  message.writeUInt32BE(headerBytes.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, PRELUDE_BYTES)), PRELUDE_BYTES);
  headerBytes.copy(message, PRELUDE_BYTES + CRC_BYTES);
  message.set(payload, PRELUDE_BYTES + CRC_BYTES + headerBytes.length);
  message.writeUInt32BE(crc32(message.subarray(0, total - CRC_BYTES)), total - CRC_BYTES);
  return message;
}

function encodeHeader(name: string, value: string): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const valueLength = Buffer.alloc(2);
  valueLength.writeUInt16BE(valueBytes.length);
  return Buffer.concat([
    Buffer.of(nameBytes.length),
    nameBytes,
    Buffer.of(STRING_HEADER),
    valueLength,
    valueBytes,
  ]);
}
