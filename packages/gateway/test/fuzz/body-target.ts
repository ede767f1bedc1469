import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { deflateRawSync, deflateSync, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { InFlightLimit } from '../../src/in-flight-limit.ts';
import { type BodyResult, readBody } from '../../src/read-body.ts';
import { encodeJson, encodeProtobuf } from '../otlp-messages.ts';
import { recordedRequests } from '../recorded-requests.ts';
import type { FuzzTarget } from './fuzz.ts';

const BODY_BYTES_MAX = 32 * 1024;
const ENCODINGS = ['gzip', 'deflate', 'zstd', 'identity'] as const;
const COMPRESS = [gzipSync, deflateSync, deflateRawSync, zstdCompressSync];
const PIECE_BYTES = [1, 7, 1024, 100_000];

/**
 * `readBody` on mutated bytes in pieces of several sizes, which are read as every compression: a body within the limit,
 * or a problem; and whatever was reserved is given back.
 */
export function bodyTarget(): FuzzTarget {
  const bodies = recordedRequests
    .slice(0, 12)
    .flatMap(({ request }) => [encodeProtobuf(request), encodeJson(request)]);
  bodies.push(
    Buffer.alloc(BODY_BYTES_MAX),
    Buffer.alloc(BODY_BYTES_MAX + 1),
    Buffer.alloc(10 * BODY_BYTES_MAX),
  );
  const inFlight = new InFlightLimit({ requestsMax: 1, bytesMax: 4 * BODY_BYTES_MAX });
  let runs = 0;
  return {
    seeds: bodies.flatMap((body) => COMPRESS.map((compress) => compress(body))),
    async run(bytes) {
      runs += 1;
      const encoding = ENCODINGS[runs % ENCODINGS.length]!;
      const pieceBytes = PIECE_BYTES[(runs >> 2) % PIECE_BYTES.length]!;
      const admission = inFlight.receive(() => undefined);
      if (admission?.begin() !== true) throw new Error('an earlier request was not released');
      const result = await readBody(requestOf(bytes, encoding, pieceBytes), BODY_BYTES_MAX, admission);
      admission.release();
      checkBody(bytes, result, encoding);
      const whole = inFlight.receive(() => undefined);
      if (whole?.reserve(4 * BODY_BYTES_MAX) !== true) throw new Error('reserved bytes were not given back');
      whole.release();
      return `${encoding} ${result.ok ? `of ${Math.ceil(Math.log2(result.body.length + 1))} bits` : result.problem}`;
    },
  };
}

function requestOf(bytes: Buffer, encoding: string, pieceBytes: number): IncomingMessage {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
  const headers = { 'content-encoding': encoding };
  // All that is read of a request: its headers and its stream.
  return Object.assign(Readable.from(pieces), { headers }) as unknown as IncomingMessage;
}

function checkBody(bytes: Buffer, result: BodyResult, encoding: string): void {
  if (!result.ok) return;
  if (result.body.length > BODY_BYTES_MAX) throw new Error('the body is larger than the limit');
  if (encoding === 'identity' && !bytes.equals(result.body)) throw new Error('the body is not what was sent');
  if (encoding === 'gzip' && bytes.length > 0 && !gunzipSync(bytes).equals(result.body))
    throw new Error('the body is not what was compressed');
}
