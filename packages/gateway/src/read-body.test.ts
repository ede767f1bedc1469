import { Readable } from 'node:stream';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { InFlightLimit } from './in-flight-limit.ts';
import { type BodyResult, readBody } from './read-body.ts';

async function read(encoding: string, body: Buffer, bytesMax = 1000): Promise<BodyResult> {
  const request = Object.assign(Readable.from([body]), { headers: { 'content-encoding': encoding } });
  const admission = new InFlightLimit({ requestsMax: 1, bytesMax: 1_000_000 }).receive(() => undefined);
  if (admission === undefined) throw new Error('there is room for one');
  return readBody(request as unknown as IncomingMessage, bytesMax, admission);
}

const text = (result: BodyResult): string =>
  result.ok ? Buffer.from(result.body).toString() : result.problem;
const [one, two] = [Buffer.from('spans of one, '), Buffer.from('spans of two')];

test.each([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
])('%s of several pieces is read to its end', async (encoding, compress) => {
  const both = Buffer.concat([compress(one), compress(two)]);
  expect(text(await read(encoding, both))).toBe('spans of one, spans of two');
  expect(text(await read(encoding, both, one.length + two.length - 1))).toBe('body_too_large');
});

test.each([
  ['deflate', Buffer.concat([deflateSync(one), deflateSync(two)])],
  ['deflate', Buffer.concat([deflateSync(one), Buffer.from('garbage')])],
  ['zstd', Buffer.concat([zstdCompressSync(one), Buffer.from('garbage')])],
  ['gzip', Buffer.concat([gzipSync(one), Buffer.from('garbage')])],
  ['zstd', Buffer.concat(Array.from({ length: 1001 }, () => zstdCompressSync(Buffer.alloc(0))))],
])('what stands behind the end of %s is not passed over', async (encoding, body) => {
  expect(text(await read(encoding, body, 100_000))).toBe('invalid_compression');
});

test('a short body does not keep a long buffer', async () => {
  const result = await read('gzip', gzipSync(one));
  expect(result.ok && result.body.buffer.byteLength).toBeLessThan(10_000);
});
