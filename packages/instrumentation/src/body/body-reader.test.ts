import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { awsEvent } from '../../test/bodies/aws-frame.ts';
import { randomFrom } from '../../test/bodies/random.ts';
import { mutated } from '../../test/bodies/random-json.ts';
import { openBody, readBody } from '../../test/bodies/read-body.ts';
import { openBodyReader } from './body-reader.ts';
import { compileFields } from './field-tree.ts';
import { countOpenInflaters } from './inflater.ts';

const PATHS = ['id', 'usage', 'choices.*.finish_reason'];
const KEYS = ['usage'];
const MIB = 1024 * 1024;

const quick = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 2 } };

const ENCODINGS: readonly [
  contentEncoding: string | undefined,
  name: string,
  encode: (bytes: Buffer) => Buffer,
][] = [
  [undefined, 'plain', (bytes) => bytes],
  ['identity', 'identity', (bytes) => bytes],
  ['gzip', 'gzip', (bytes) => zlib.gzipSync(bytes)],
  ['X-GZIP', 'x-gzip', (bytes) => zlib.gzipSync(bytes)],
  ['br', 'br', (bytes) => zlib.brotliCompressSync(bytes, quick)],
  ['deflate', 'deflate', (bytes) => zlib.deflateSync(bytes)],
  ['deflate', 'raw deflate', (bytes) => zlib.deflateRawSync(bytes)],
  ['zstd', 'zstd', (bytes) => zlib.zstdCompressSync(bytes)],
  ['gzip, br', 'gzip, then br', (bytes) => zlib.brotliCompressSync(zlib.gzipSync(bytes), quick)],
  ['zstd,identity,gzip', 'zstd, then gzip', (bytes) => zlib.gzipSync(zlib.zstdCompressSync(bytes))],
];

const filler = (index: number): object => ({ id: index, delta: `"usage":{"a":${index}} – ein Stück Text` });
const last = { id: 'last', usage: { input: 1, details: [2, 3] } };
const documents = [...Array.from({ length: 40 }, (_each, index) => filler(index)), last];
const document = {
  id: 'all',
  content: documents,
  choices: [{ finish_reason: 'stop' }],
  usage: { output: 7 },
};

const FRAMINGS: readonly [contentType: string | undefined, body: Buffer, expected: readonly unknown[]][] = [
  [
    'application/json',
    Buffer.from(JSON.stringify(document)),
    [{ id: 'all', choices: [{ finish_reason: 'stop' }], usage: { output: 7 } }],
  ],
  [undefined, Buffer.from(`\uFEFF${JSON.stringify(documents.slice(-2), null, 2)}`), [{ id: 39 }, last]],
  [
    'text/event-stream',
    Buffer.from(
      `\uFEFF${documents.map((each) => `event: e\ndata: ${JSON.stringify(each)}\n\n`).join('')}data: [DONE]`,
    ),
    [{ id: 0 }, last],
  ],
  [
    'Application/X-NDJSON ; charset=utf-8',
    Buffer.from(documents.map((each) => JSON.stringify(each)).join('\n')),
    [{ id: 0 }, last],
  ],
  [
    'application/vnd.amazon.eventstream',
    Buffer.concat(documents.map((each) => awsEvent('e', JSON.stringify(each)))),
    [{ id: 0 }, last],
  ],
];

afterEach(() => {
  expect(countOpenInflaters()).toBe(0);
});

describe.each(FRAMINGS)('a body of %s', (contentType, body, expected) => {
  it.each(ENCODINGS)('with the encoding %s (%s), in any chunks', (contentEncoding, _name, encode) => {
    const encoded = encode(body);
    for (const size of [1, 7, 'whole', randomFrom(1), randomFrom(2)] as const) {
      const result = readBody({
        body: encoded,
        contentType,
        contentEncoding,
        paths: PATHS,
        keys: KEYS,
        size,
      });
      expect(result.failures).toEqual([]);
      expect(result.events.map((event) => event.document)).toEqual(expected);
      const isStream = /stream|ndjson/i.test(contentType ?? '');
      expect(result.firstEvents).toBe(isStream ? 1 : 0);
    }
  });

  it('has told everything within push', () => {
    for (const [contentEncoding, , encode] of ENCODINGS) {
      const { reader, result } = openBody({ contentType, contentEncoding, paths: PATHS, keys: KEYS });
      reader?.push(encode(Buffer.concat([body, Buffer.from('\n\n')])));
      expect(result.events).toHaveLength(expected.length);
      reader?.close();
    }
  });

  it('survives damage to what is sent', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed);
        const [contentEncoding, , encode] = random.of(ENCODINGS);
        const damaged = mutated(encode(body), random);
        const input = { body: damaged, contentType, contentEncoding, paths: PATHS, keys: KEYS };
        const { failures } = readBody({ ...input, size: random });
        expect(failures.length).toBeLessThanOrEqual(1);
        expect(failures).not.toContain('internal_error');
      }),
      { numRuns: 400 },
    );
  });

  it('is not read after it is closed', () => {
    const { reader, result } = openBody({ contentType, paths: PATHS, keys: KEYS });
    reader?.close();
    reader?.push(body);
    reader?.end();
    expect(result).toEqual({ events: [], failures: [], firstEvents: 0 });
  });

  it('may be closed by what takes its documents', () => {
    for (const [contentEncoding, , encode] of ENCODINGS) {
      let taken = 0;
      const reader = openBodyReader({
        contentType,
        contentEncoding,
        fields: compileFields(PATHS),
        eventKeys: KEYS,
        onDocument: () => {
          taken++;
          reader?.close();
        },
        onFailure: () => expect.unreachable(),
      });
      reader?.push(encode(Buffer.concat([body, body])));
      reader?.end();
      expect(taken).toBe(1);
    }
  });
});

describe('openBodyReader', () => {
  it.each(['compress', 'gzip, compress', 'br, br, br', 'gzip;q=1'])(
    'refuses the encoding %s',
    (contentEncoding) => {
      const { reader, result } = openBody({ contentEncoding, paths: PATHS });
      expect(reader).toBeUndefined();
      expect(result.failures).toEqual(['unsupported_encoding']);
    },
  );

  it('opens nothing where there are too many inflaters, and leaves none open', () => {
    const readers = Array.from(
      { length: 128 },
      () => openBody({ contentEncoding: 'gzip,br', paths: PATHS }).reader,
    );
    expect(readers).not.toContain(undefined);
    const { reader, result } = openBody({ contentEncoding: 'gzip', paths: PATHS });
    expect(reader).toBeUndefined();
    expect(result.failures).toEqual(['too_many_inflaters']);
    for (const open of readers) open?.close();
  });

  it('tells streams by their media type', () => {
    const isStream = (contentType: string) => openBody({ contentType, paths: [] }).reader?.isStream;
    expect(isStream('text/event-stream;charset=utf-8')).toBe(true);
    expect(isStream(' application/jsonl ')).toBe(true);
    expect(isStream('application/json')).toBe(false);
    expect(isStream('text/event-streams')).toBe(false);
  });

  it.each([
    [undefined, '<html>502</html>', 'malformed_body'],
    ['application/json', '{"id":', 'malformed_body'],
    ['text/event-stream', 'data: {]}\n\n', 'malformed_body'],
  ])('tells once what fails: %s %s', (contentType, body, failure) => {
    const { reader, result } = openBody({ contentType, paths: PATHS });
    for (let count = 0; count < 3; count++) reader?.push(Buffer.from(body));
    reader?.end();
    expect(result.failures).toEqual([failure]);
  });

  it('does not fail at the end of a body that was cut short', () => {
    expect(readBody({ body: Buffer.from('{"id":'), paths: PATHS, isCut: true }).failures).toEqual([]);
    expect(readBody({ body: Buffer.from(''), paths: PATHS }).failures).toEqual([]);
  });

  it('reads a Uint8Array within a larger one', () => {
    const bytes = new TextEncoder().encode('xx{"id":5}yy');
    expect(readBody({ body: bytes.subarray(2, -2), paths: PATHS }).events[0]?.document).toEqual({ id: 5 });
    const { reader, result } = openBody({ paths: PATHS });
    reader?.push(bytes.subarray(2, -2));
    expect(result.events).toHaveLength(1);
  });
});

describe('what a reader keeps', () => {
  const collect = (globalThis as { gc?: () => void }).gc;

  function usedBytes(): number {
    collect?.();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + Math.max(external, arrayBuffers);
  }

  const chunk = Buffer.alloc(64 * 1024, 'data: {"delta":"some text of the answer"}\n\n');
  const text = Buffer.alloc(64 * 1024, 'text, ');

  it.each([
    ['events', 'text/event-stream', Buffer.from('data: {}\n\n'), chunk],
    ['one event', 'text/event-stream', Buffer.from('data: {"text":"'), text],
    ['one document', 'application/json', Buffer.from('{"id":"'), text],
    ['numbers', 'application/json', Buffer.from('{"data":[1'), Buffer.alloc(64 * 1024, ',-0.0123456')],
    ['one line', 'application/x-ndjson', Buffer.from('{"usage":["'), text],
    ['one comment', 'text/event-stream', Buffer.from(':'), text],
    ['one name', 'text/event-stream', Buffer.from('event: '), text],
  ])('is the same after 60 MiB of %s', (_name, contentType, begin, part) => {
    expect(collect).toBeDefined();
    const { reader, result } = openBody({ contentType, paths: PATHS, keys: KEYS });
    reader?.push(begin);
    for (let count = 0; count < 16; count++) reader?.push(part);
    const before = usedBytes();
    for (let bytes = MIB; bytes < 60 * MIB; bytes += part.length) reader?.push(part);
    expect(usedBytes() - before).toBeLessThan(256 * 1024);
    expect(result.failures).toEqual([]);
    reader?.close();
  });

  it('is less than 2 KiB while nothing is in progress', () => {
    const fields = compileFields(PATHS);
    const count = 2000;
    const open = (): unknown => {
      const { onDocument, onFailure } = { onDocument: () => {}, onFailure: () => {} };
      const options = { contentEncoding: undefined, fields, eventKeys: KEYS, onDocument, onFailure };
      const reader = openBodyReader({ contentType: 'text/event-stream', ...options });
      reader?.push(Buffer.from('data: {"id":1,"choices":[{"finish_reason":"stop"}]}\n\n'));
      return reader;
    };
    open();
    const before = usedBytes();
    const readers = Array.from({ length: count }, open);
    expect((usedBytes() - before) / count).toBeLessThan(2048);
    expect(readers).toHaveLength(count);
  });

  it('ends at 64 MiB of the wire, and at 64 MiB inflated', () => {
    const { reader, result } = openBody({ contentType: 'text/event-stream', paths: PATHS, keys: KEYS });
    for (let count = 0; count < 1024; count++) reader?.push(chunk);
    expect(result.failures).toEqual([]);
    reader?.push(chunk);
    expect(result.failures).toEqual(['body_too_large']);
    const body = zlib.gzipSync(zlib.gzipSync(Buffer.alloc(70 * MIB)));
    expect(
      readBody({ body, contentEncoding: 'gzip, gzip', paths: PATHS, contentType: 'text/event-stream' })
        .failures,
    ).toEqual(['inflated_too_large']);
  });
});
