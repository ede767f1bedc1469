import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { constants, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Admission } from './in-flight-limit.ts';

/** Why a request's body was not taken. */
export type BodyProblem =
  | 'body_too_large'
  | 'no_capacity'
  | 'invalid_compression'
  | 'unsupported_compression'
  | 'aborted';

export type BodyResult =
  | { readonly ok: true; readonly body: Uint8Array }
  | { readonly ok: false; readonly problem: BodyProblem };

/** Size of the pieces that a body is decompressed in; the limits are checked after each. */
const CHUNK_BYTES = 64 * 1024;
/** The window that RFC 8878 recommends to support: it bounds the memory that a frame can ask for. */
const ZSTD_WINDOW_LOG_MAX = 23;

const DECOMPRESSORS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip({ chunkSize: CHUNK_BYTES }),
  deflate: () => createInflate({ chunkSize: CHUNK_BYTES }),
  zstd: () =>
    createZstdDecompress({
      chunkSize: CHUNK_BYTES,
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    }),
};

/** The request's `Content-Encoding`, or what is wrong with it. */
export function contentEncoding(request: IncomingMessage): string | undefined {
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return '';
  return DECOMPRESSORS[encoding] === undefined ? undefined : encoding;
}

/**
 * Reads a request's body and decompresses it, both within the same limit. Memory is reserved piece by piece,
 * before a piece is kept.
 */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
  admission: Admission,
): Promise<BodyResult> {
  const encoding = contentEncoding(request);
  if (encoding === undefined) return { ok: false, problem: 'unsupported_compression' };
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return { ok: false, problem: 'body_too_large' };
  const sent = await collect(request, bytesMax, admission, 'aborted');
  if (!sent.ok || encoding === '' || sent.body.length === 0) return sent;
  const decompressor = DECOMPRESSORS[encoding]?.();
  if (decompressor === undefined) return { ok: false, problem: 'unsupported_compression' };
  decompressor.end(sent.body);
  return collect(decompressor, bytesMax, admission, 'invalid_compression');
}

async function collect(
  stream: Readable,
  bytesMax: number,
  admission: Admission,
  problemOnError: BodyProblem,
): Promise<BodyResult> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > bytesMax) return { ok: false, problem: 'body_too_large' };
      if (!admission.reserve(chunk.length)) return { ok: false, problem: 'no_capacity' };
      chunks.push(chunk);
    }
  } catch {
    return { ok: false, problem: problemOnError };
  }
  const [only] = chunks;
  return { ok: true, body: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length) };
}
