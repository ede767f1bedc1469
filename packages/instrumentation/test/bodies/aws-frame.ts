import { crc32 } from 'node:zlib';

/** A frame of AWS's event stream with text headers. */
export function awsFrame(headers: Readonly<Record<string, string>>, payload: string | Uint8Array): Buffer {
  const encoded = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const head = Buffer.from([name.length, ...Buffer.from(name), 7, 0, 0]);
      head.writeUInt16BE(Buffer.byteLength(value), head.length - 2);
      return Buffer.concat([head, Buffer.from(value)]);
    }),
  );
  const content = Buffer.from(payload);
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + encoded.length + content.length, 0);
  prelude.writeUInt32BE(encoded.length, 4);
  const message = Buffer.concat([prelude, checksum(prelude), encoded, content]);
  return Buffer.concat([message, checksum(message)]);
}

export function awsEvent(name: string, payload: string | Uint8Array): Buffer {
  const headers = { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' };
  return awsFrame(headers, payload);
}

function checksum(bytes: Buffer): Buffer {
  const result = Buffer.alloc(4);
  result.writeUInt32BE(crc32(bytes));
  return result;
}
