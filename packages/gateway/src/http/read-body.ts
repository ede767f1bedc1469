import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';

/** Why a request is refused: the HTTP status and a message that says how to mend it, never what was in the body. */
export interface Refusal {
  readonly status: 400 | 408 | 413 | 415;
  readonly message: string;
}

export type BodyResult =
  | { readonly ok: true; readonly body: Uint8Array }
  | { readonly ok: false; readonly refusal: Refusal };

type Inflate = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

const INFLATE: Readonly<Record<string, Inflate>> = {
  gzip: promisify(gunzip) as Inflate,
  deflate: inflateEither,
  zstd: promisify(zstdDecompress) as Inflate,
};

/**
 * Reads a request's body and inflates it, both bounded: a small body can inflate to a very large one.
 *
 * @param bytesMax Largest body before and after decompression.
 */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<BodyResult> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const inflateBody = INFLATE[encoding];
  if (encoding !== 'identity' && inflateBody === undefined) {
    return refused(415, 'content-encoding must be gzip, deflate, zstd or identity');
  }
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) return tooLarge(bytesMax);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      length += (chunk as Buffer).length;
      if (length > bytesMax) return tooLarge(bytesMax);
      chunks.push(chunk as Buffer);
    }
  } catch {
    return refused(400, 'the body ended before it was complete');
  }
  const body = Buffer.concat(chunks, length);
  if (inflateBody === undefined || length === 0) return { ok: true, body };
  try {
    return { ok: true, body: await inflateBody(body, { maxOutputLength: bytesMax }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge(bytesMax);
    return refused(400, `the body is not valid ${encoding}`);
  }
}

/** `deflate` is zlib by the standard and raw deflate by old habit; the first byte tells them apart. */
async function inflateEither(body: Uint8Array, options: { maxOutputLength: number }): Promise<Buffer> {
  const isZlib = ((body[0] ?? 0) & 0x0f) === 8;
  return (promisify(isZlib ? inflate : inflateRaw) as Inflate)(body, options);
}

function tooLarge(bytesMax: number): BodyResult {
  return refused(
    413,
    `the body is larger than ${bytesMax} bytes; send smaller batches or raise gateway.body_bytes_max`,
  );
}

function refused(status: Refusal['status'], message: string): BodyResult {
  return { ok: false, refusal: { status, message } };
}
