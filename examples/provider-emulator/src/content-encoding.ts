import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import type { SeededRandom } from './seeded-random.ts';

/** A stream that compresses, and can be made to give out what it has so far. */
export interface Compressor extends NodeJS.ReadWriteStream {
  flush(kind: number, done: () => void): void;
}

export interface ContentEncoding {
  readonly name: 'gzip' | 'br' | 'zstd' | 'deflate';
  compress(bytes: Uint8Array): Buffer;
  newCompressor(): Compressor;
  /** What {@link Compressor.flush} takes for the end of an event. */
  readonly flushKind: number;
}

const FAST_BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

const ENCODINGS: readonly ContentEncoding[] = [
  {
    name: 'gzip',
    compress: gzipSync,
    newCompressor: () => createGzip({ level: 1 }),
    flushKind: constants.Z_SYNC_FLUSH,
  },
  {
    name: 'br',
    compress: (bytes) => brotliCompressSync(bytes, FAST_BROTLI),
    newCompressor: () => createBrotliCompress(FAST_BROTLI),
    flushKind: constants.BROTLI_OPERATION_FLUSH,
  },
  {
    name: 'zstd',
    compress: (bytes) => zstdCompressSync(bytes),
    newCompressor: () => createZstdCompress(),
    flushKind: constants.ZSTD_e_flush,
  },
  {
    name: 'deflate',
    compress: (bytes) => deflateSync(bytes),
    newCompressor: () => createDeflate({ level: 1 }),
    flushKind: constants.Z_SYNC_FLUSH,
  },
];

/**
 * One of the encodings that a client accepts, or `undefined` for none. A client that wants a certain one accepts
 * it alone.
 */
export function drawEncoding(
  acceptEncoding: string | undefined,
  random: SeededRandom,
): ContentEncoding | undefined {
  const accepted = new Set((acceptEncoding ?? '').split(',').map((part) => part.split(';')[0]?.trim()));
  const choices = ENCODINGS.filter((encoding) => accepted.has(encoding.name));
  return choices.length === 0 ? undefined : random.pick(choices);
}
