import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { constants, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { Admission } from './in-flight-limit.ts';
import { takeTurns } from './take-turns.ts';

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
/** Frames of one body; every one takes a decompressor. */
const FRAMES_MAX = 1000;
/** Joining of pieces that others wait for: what comes next begins in the same turn. */
const JOIN_MILLIS = 5;
/** The window that RFC 8878 recommends to support: it bounds the memory that a frame can ask for. */
const ZSTD_WINDOW_LOG_MAX = 23;

const ZLIB_METHOD_DEFLATE = 8;

/** `bytesWritten`: how much it has read of what it was given. */
type Decompressor = Transform & { readonly bytesWritten: number };

/** `deflate` is zlib by the standard and raw deflate by old habit; the first byte tells which. */
const DECOMPRESSORS: ReadonlyMap<string, (body: Uint8Array) => Decompressor> = new Map<
  string,
  (body: Uint8Array) => Decompressor
>([
  ['gzip', () => createGunzip({ chunkSize: CHUNK_BYTES })],
  [
    'deflate',
    ([first = 0]) =>
      (first & 0x0f) === ZLIB_METHOD_DEFLATE
        ? createInflate({ chunkSize: CHUNK_BYTES })
        : createInflateRaw({ chunkSize: CHUNK_BYTES }),
  ],
  [
    'zstd',
    () =>
      createZstdDecompress({
        chunkSize: CHUNK_BYTES,
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
      }),
  ],
]);

/** The request's `Content-Encoding`, or what is wrong with it. */
export function contentEncoding(request: IncomingMessage): string | undefined {
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return '';
  return DECOMPRESSORS.has(encoding) ? encoding : undefined;
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
  if (Number(request.headers['content-length'] ?? 0) > bytesMax)
    return { ok: false, problem: 'body_too_large' };
  // Leaving the loop early must not destroy the connection, over which the refusal is still to be sent.
  const chunks = request.iterator({ destroyOnReturn: false });
  const sent = await collect(chunks, bytesMax, admission, 'aborted');
  if (!sent.ok || encoding === '' || sent.body.length === 0) return sent;
  return decompress(sent.body, encoding, bytesMax, admission);
}

/** What zstd compresses can be several frames, one behind the other, as gzip's members can be; zlib reads those by itself. */
async function decompress(
  body: Uint8Array,
  encoding: string,
  bytesMax: number,
  admission: Admission,
): Promise<BodyResult> {
  const frames: Uint8Array[] = [];
  let length = 0;
  for (let rest = body; rest.length > 0;) {
    const decompressor = DECOMPRESSORS.get(encoding)?.(rest);
    if (decompressor === undefined) return { ok: false, problem: 'unsupported_compression' };
    decompressor.end(rest);
    const frame = await collect(decompressor, bytesMax - length, admission, 'invalid_compression');
    if (!frame.ok) return frame;
    frames.push(frame.body);
    length += frame.body.length;
    // What stands behind the end was compressed by nobody.
    const isWhole = decompressor.bytesWritten >= rest.length;
    if (!isWhole && (encoding !== 'zstd' || frames.length >= FRAMES_MAX)) {
      return { ok: false, problem: 'invalid_compression' };
    }
    rest = isWhole ? EMPTY : rest.subarray(decompressor.bytesWritten);
  }
  const [only] = frames;
  return { ok: true, body: frames.length === 1 && only !== undefined ? only : Buffer.concat(frames, length) };
}

const EMPTY = new Uint8Array(0);

async function collect(
  stream: AsyncIterable<Uint8Array>,
  bytesMax: number,
  admission: Admission,
  problemOnError: BodyProblem,
): Promise<BodyResult> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      if (length > bytesMax) return { ok: false, problem: 'body_too_large' };
      if (!admission.reserve(chunk.length)) return { ok: false, problem: 'no_capacity' };
      chunks.push(chunk);
    }
  } catch {
    return { ok: false, problem: problemOnError };
  }
  const [only] = chunks;
  // A short text in a long buffer would keep all of it for as long as it waits.
  if (chunks.length === 1 && only !== undefined && only.length * 2 >= only.buffer.byteLength)
    return { ok: true, body: only };
  if (!admission.reserve(length)) return { ok: false, problem: 'no_capacity' };
  // Not of the pool, whose buffers are long too.
  const body = Buffer.allocUnsafeSlow(length);
  const turn = takeTurns(JOIN_MILLIS);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
    const others = turn();
    if (others !== undefined) await others;
  }
  return { ok: true, body };
}
