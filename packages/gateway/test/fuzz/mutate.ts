import type { SeededRandom } from './seeded-random.ts';

const MUTATIONS_MAX = 6;
const BYTES_MAX = 64 * 1024;

/** Bytes that mean something to one of the formats: tags, ends of varints, brackets, quotes, escapes, magic numbers. */
const TELLING_BYTES = [
  0x00, 0x01, 0x0a, 0x0d, 0x12, 0x1a, 0x22, 0x2c, 0x3a, 0x4a, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xff,
];

const TELLING_PIECES = [
  '"__proto__"',
  '"constructor"',
  '"resourceSpans":[',
  '"spans":[{}]',
  '"scopeSpans"',
  '{"":0}',
  'null',
  '1e999',
  '-0',
  '18446744073709551616',
  '9223372036854775808',
  '"\\ud800"',
  '\\u0000',
  '\u{feff}',
  '\r\n\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Content-Encoding: gzip\r\n',
]
  .map((text) => Buffer.from(text))
  .concat(
    // Varints of 2^63 and of 2^64-1, one too long, an empty span, group ends, doubles that are no numbers.
    [
      '80808080808080808001',
      'ffffffffffffffffff01',
      'ffffffffffffffffffffff01',
      '1200',
      '0a00',
      '4a00',
      '1314',
      '0bf8',
    ].map((hex) => Buffer.from(hex, 'hex')),
    ['21000000000000f87f', '21000000000000f07f', '18ffffffffffffffffff01'].map((hex) =>
      Buffer.from(hex, 'hex'),
    ),
  );

type Mutation = (bytes: Buffer, random: SeededRandom, corpus: readonly Buffer[]) => Buffer;

const splice = (bytes: Buffer, at: number, removed: number, inserted: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const changed = Buffer.from(bytes);
    const at = random.below(bytes.length);
    changed[at] = changed[at]! ^ (1 << random.below(8));
    return changed;
  },
  function replaceByte(bytes, random) {
    return splice(bytes, random.below(bytes.length), 1, Buffer.of(random.pick(TELLING_BYTES)));
  },
  function addToByte(bytes, random) {
    const changed = Buffer.from(bytes);
    const at = random.below(bytes.length);
    changed[at] = (changed[at]! + random.below(9) - 4) & 0xff;
    return changed;
  },
  function insertByte(bytes, random) {
    return splice(bytes, random.below(bytes.length + 1), 0, Buffer.of(random.pick(TELLING_BYTES)));
  },
  function insertPiece(bytes, random) {
    return splice(bytes, random.below(bytes.length + 1), random.below(4), random.pick(TELLING_PIECES));
  },
  function remove(bytes, random) {
    return splice(bytes, random.below(bytes.length), 1 + random.below(16), Buffer.alloc(0));
  },
  function truncate(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length));
  },
  function repeat(bytes, random) {
    const at = random.below(bytes.length);
    const piece = bytes.subarray(at, at + 1 + random.below(64));
    return splice(bytes, at, 0, Buffer.concat(Array.from({ length: 1 + random.below(8) }, () => piece)));
  },
  function move(bytes, random) {
    const at = random.below(bytes.length);
    return splice(
      bytes,
      random.below(bytes.length),
      random.below(16),
      bytes.subarray(at, at + random.below(64)),
    );
  },
  function crossOver(bytes, random, corpus) {
    const other = random.pick(corpus);
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length)),
      other.subarray(random.below(other.length)),
    ]);
  },
];

/** An input that differs in a few places from one of the corpus. */
export function mutate(random: SeededRandom, corpus: readonly Buffer[]): Buffer {
  let bytes = random.pick(corpus);
  for (let left = 1 + random.below(MUTATIONS_MAX); left > 0 && bytes.length > 0; left--) {
    bytes = random.pick(MUTATIONS)(bytes, random, corpus);
  }
  return bytes.subarray(0, BYTES_MAX);
}
