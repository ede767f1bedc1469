import zlib from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { chunksOf, type Random, randomFrom } from '../../test/bodies/random.ts';
import type { TapFailure } from '../call-tap.ts';
import { type Coding, countOpenInflaters, type Inflater, OneShotInflater, openInflater } from './inflater.ts';

const TEXT = Buffer.from(Array.from({ length: 5000 }, (_each, line) => `line ${line * 7919}\n`).join(''));

const QUICK = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 2 } };

const ENCODINGS: readonly [name: string, coding: Coding, compress: (bytes: Buffer) => Buffer][] = [
  ['gzip', 'gzip', (bytes) => zlib.gzipSync(bytes)],
  ['gzip of two members', 'gzip', (bytes) => inTwo(bytes, (part) => zlib.gzipSync(part))],
  ['deflate', 'deflate', (bytes) => zlib.deflateSync(bytes)],
  ['raw deflate', 'deflate', (bytes) => zlib.deflateRawSync(bytes)],
  ['br', 'br', (bytes) => zlib.brotliCompressSync(bytes, QUICK)],
  ['zstd', 'zstd', (bytes) => zlib.zstdCompressSync(bytes)],
  ['zstd of two frames', 'zstd', (bytes) => inTwo(bytes, (part) => zlib.zstdCompressSync(part))],
];

function inTwo(bytes: Buffer, compress: (bytes: Buffer) => Buffer): Buffer {
  return Buffer.concat([compress(bytes.subarray(0, 20_000)), compress(bytes.subarray(20_000))]);
}

interface Inflated {
  readonly chunks: Buffer[];
  readonly failures: TapFailure[];
}

function recorded(open: (options: Parameters<typeof openInflater>[1]) => Inflater | undefined) {
  const result: Inflated = { chunks: [], failures: [] };
  const inflater = open({
    takeBytes: (bytes) => result.chunks.push(Buffer.from(bytes)),
    onFailure: (failure) => result.failures.push(failure),
  });
  return { result, inflater };
}

function inflate(coding: Coding, bytes: Buffer, size: number | 'whole' | Random = 'whole') {
  const { result, inflater } = recorded((options) => openInflater(coding, options));
  for (const chunk of chunksOf(bytes, size)) inflater?.push(chunk);
  inflater?.end();
  inflater?.close();
  return { bytes: Buffer.concat(result.chunks), failures: result.failures };
}

afterEach(() => {
  expect(countOpenInflaters()).toBe(0);
});

// The one-shot function reads only the first of several frames of zstd.
const ONE_SHOT = ENCODINGS.filter(([name]) => name !== 'zstd of two frames');

it.each(ONE_SHOT)('%s is inflated at the end where steps do not work', (_, coding, compress) => {
  const compressed = compress(TEXT);
  const format = coding === 'deflate' ? (compressed[0] === 0x78 ? 'zlib' : 'deflate-raw') : coding;
  for (const [bytes, failures, length] of [
    [compressed, [], TEXT.length],
    [Buffer.alloc(1024 * 1024 + 1), ['body_too_large'], 0],
    [compress(Buffer.alloc(65 * 1024 * 1024)), ['inflated_too_large'], 0],
    [Buffer.from('\u0007\u0007 neither of these'), ['corrupt_encoding'], 0],
    [Buffer.alloc(0), [], 0],
  ] as const) {
    const { result, inflater } = recorded((options) => new OneShotInflater(format, options));
    for (const chunk of chunksOf(bytes, 100_000)) inflater?.push(chunk);
    inflater?.end();
    inflater?.close();
    expect(result.failures).toEqual(failures);
    expect(Buffer.concat(result.chunks)).toHaveLength(length);
  }
});

describe.each(ENCODINGS)('%s', (name, coding, compress) => {
  const compressed = compress(TEXT);

  it.each([1, 7, 1000, 'whole'] as const)('inflates chunks of %s bytes', (size) => {
    const { bytes, failures } = inflate(coding, compressed, size);
    expect(failures).toEqual([]);
    expect(bytes.equals(TEXT)).toBe(true);
  });

  it('hands on what a chunk holds within push', () => {
    const { result, inflater } = recorded((options) => openInflater(coding, options));
    inflater?.push(compressed);
    expect(Buffer.concat(result.chunks).equals(TEXT)).toBe(true);
    inflater?.close();
  });

  it('hands on what there is of an input that is cut short', () => {
    const { bytes, failures } = inflate(coding, compressed.subarray(0, -10));
    expect(failures).toEqual([]);
    expect(TEXT.subarray(0, bytes.length).equals(bytes)).toBe(true);
    // A block of zstd is read whole, and this one is the only one.
    expect(bytes.length).toBeGreaterThan(name === 'zstd' ? -1 : 15_000);
  });

  it('survives damage', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomFrom(seed);
        const damaged = Buffer.from(compressed);
        for (let count = 1 + random.int(5); count > 0; count--) {
          damaged[random.int(random.once(2) ? 20 : damaged.length)] = random.int(256);
        }
        const whole = inflate(coding, damaged);
        expect(whole.failures.length).toBeLessThanOrEqual(1);
        // What came before the damage is handed on however it is split.
        expect(inflate(coding, damaged, random).failures).toEqual(whole.failures);
      }),
      { numRuns: 100 },
    );
  });

  it('reads no further than 64 MiB of output', () => {
    const bomb = compress(Buffer.alloc(65 * 1024 * 1024));
    const { result, inflater } = recorded((options) => openInflater(coding, options));
    let inflatedBytes = 0;
    result.chunks.push = (chunk) => (inflatedBytes += chunk.length);
    inflater?.push(bomb);
    expect(result.failures).toEqual(['inflated_too_large']);
    expect(inflatedBytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    inflater?.push(bomb);
    expect(result.failures).toHaveLength(1);
  });

  it('stops when it is closed while it hands on', () => {
    let calls = 0;
    const inflater: Inflater | undefined = openInflater(coding, {
      takeBytes: () => {
        calls++;
        inflater?.close();
      },
      onFailure: () => expect.unreachable(),
    });
    inflater?.push(compressed);
    inflater?.push(compressed);
    expect(calls).toBe(1);
  });
});

describe('an inflater', () => {
  it('fails at what is not compressed', () => {
    for (const coding of ['gzip', 'br', 'zstd'] as const) {
      expect(inflate(coding, Buffer.from('<html>not at all compressed</html>')).failures).toEqual([
        'corrupt_encoding',
      ]);
    }
  });

  it('hands on what precedes trailing bytes', () => {
    for (const [, coding, compress] of ENCODINGS) {
      const { result, inflater } = recorded((options) => openInflater(coding, options));
      inflater?.push(compress(TEXT));
      for (let count = 0; count < 3; count++) inflater?.push(Buffer.from('trailing bytes'));
      inflater?.close();
      expect(Buffer.concat(result.chunks).equals(TEXT)).toBe(true);
    }
    expect(inflate('gzip', Buffer.concat([zlib.gzipSync(TEXT), Buffer.alloc(100)]), 1).failures).toEqual([]);
  });

  it('is one of at most 256', () => {
    const results = Array.from({ length: 257 }, () => recorded((options) => openInflater('gzip', options)));
    expect(results.map(({ result }) => result.failures).flat()).toEqual(['too_many_inflaters']);
    for (const { inflater } of results) inflater?.close();
    expect(inflate('gzip', zlib.gzipSync(TEXT)).failures).toEqual([]);
  });

  it('is counted no longer once it was collected', async () => {
    for (let count = 0; count < 50; count++) {
      recorded((options) => openInflater('gzip', options)).inflater?.push(zlib.gzipSync('{}'));
    }
    for (let attempt = 0; attempt < 100 && countOpenInflaters() > 0; attempt++) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(countOpenInflaters()).toBe(0);
  });

  it('reads on within what it hands on', () => {
    const inner: Buffer[] = [];
    const outer: Buffer[] = [];
    const compressed = zlib.gzipSync(TEXT);
    const { inflater } = recorded(({ onFailure }) =>
      openInflater('gzip', {
        onFailure,
        takeBytes: (bytes) => {
          if (inner.length === 0) inner.push(inflate('gzip', zlib.gzipSync('something else')).bytes);
          outer.push(Buffer.from(bytes));
        },
      }),
    );
    inflater?.push(compressed);
    inflater?.close();
    expect(inner.toString()).toBe('something else');
    expect(Buffer.concat(outer).equals(TEXT)).toBe(true);
  });
});
