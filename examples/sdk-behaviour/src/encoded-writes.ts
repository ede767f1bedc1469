import {
  type BrotliCompress,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  type Deflate,
  type Gzip,
  type ZstdCompress,
} from 'node:zlib';
import type { Delivery } from './delivery.ts';

type Encoder = Gzip | Deflate | BrotliCompress | ZstdCompress;

const ENCODERS: Readonly<Record<NonNullable<Delivery['encoding']>, () => [Encoder, flush: number]>> = {
  gzip: () => [createGzip(), constants.Z_SYNC_FLUSH],
  deflate: () => [createDeflate(), constants.Z_SYNC_FLUSH],
  br: () => [createBrotliCompress(), constants.BROTLI_OPERATION_FLUSH],
  zstd: () => [createZstdCompress(), constants.ZSTD_e_flush],
};

/** A single document has no events; it comes in a few pieces. */
const DOCUMENT_WRITES = 4;

/** The bytes of an answer as they are written, one after the other. Each event is flushed by itself, as providers do. */
export async function encodedWrites(events: readonly Buffer[], delivery: Delivery): Promise<Buffer[]> {
  const encoded =
    delivery.encoding === undefined ? [...events] : await encodeEvents(events, delivery.encoding);
  const { writes = 'events' } = delivery;
  if (writes === 'events' && encoded.length > 2) return encoded;
  const whole = Buffer.concat(encoded);
  if (writes === 'whole') return [whole];
  return cut(whole, writes === 'events' ? Math.ceil(whole.length / DOCUMENT_WRITES) : writes);
}

function cut(bytes: Buffer, length: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += length) {
    parts.push(bytes.subarray(start, start + length));
  }
  return parts;
}

async function encodeEvents(
  events: readonly Buffer[],
  encoding: NonNullable<Delivery['encoding']>,
): Promise<Buffer[]> {
  const [encoder, flush] = ENCODERS[encoding]();
  const encoded: Buffer[] = [];
  let chunks: Buffer[] = [];
  encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const event of events) {
    encoder.write(event);
    await new Promise<void>((resolve) => {
      encoder.flush(flush, resolve);
    });
    encoded.push(Buffer.concat(chunks));
    chunks = [];
  }
  await new Promise<void>((resolve) => {
    encoder.once('end', resolve);
    encoder.end();
  });
  encoded.push(Buffer.concat(chunks));
  return encoded.filter((part) => part.length > 0);
}
