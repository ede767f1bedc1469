import { type FileHandle, open } from 'node:fs/promises';

/** Three of them: one for the file, and two of the database, of which the newer one holds. */
const HEADER_BYTES = 4096;
const HEADERS = 3;
const BLOCK_BYTES = 262_144;
/** Blocks that are read at a time. */
const BLOCKS_PER_READ = 16;

/** What is wrong with a database file, in fixed words. */
export type DatabaseFileProblem = 'empty' | 'truncated' | 'header_damaged' | 'block_damaged';

/**
 * Compares the checksum of every block that a DuckDB file has in use by its header, which takes about 3 s for a gigabyte.
 * DuckDB itself compares them when it reads a block, which may be at a report or an insert weeks later.
 *
 * A block that is free is compared as well: one that a crash tore is damage, though no loss.
 *
 * @see https://github.com/duckdb/duckdb/blob/main/src/include/duckdb/storage/storage_info.hpp
 */
export async function findDatabaseProblem(path: string): Promise<DatabaseFileProblem | undefined> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size === 0) return 'empty';
    if (size < HEADERS * HEADER_BYTES) return 'truncated';
    const blocks = await readBlockCount(handle);
    if (blocks === undefined) return 'header_damaged';
    if (size < HEADERS * HEADER_BYTES + blocks * BLOCK_BYTES) return 'truncated';
    return (await areBlocksWhole(handle, blocks)) ? undefined : 'block_damaged';
  } finally {
    await handle.close();
  }
}

/**
 * A header is a checksum and then, in the database's headers, 64-bit numbers: iteration, first block of the metadata, of
 * the free list, number of blocks and bytes of a block.
 */
async function readBlockCount(handle: FileHandle): Promise<number | undefined> {
  const words = new BigUint64Array((HEADERS * HEADER_BYTES) / 8);
  await handle.read(new Uint8Array(words.buffer), 0, words.byteLength, 0);
  const headers = Array.from({ length: HEADERS }, (_each, index) => {
    const header = words.subarray((index * HEADER_BYTES) / 8, ((index + 1) * HEADER_BYTES) / 8);
    return hasItsChecksum(header) ? header : undefined;
  });
  const [file, first, second] = headers;
  if (file === undefined || first === undefined || second === undefined) return undefined;
  const current = (first[1] ?? 0n) > (second[1] ?? 0n) ? first : second;
  return current[5] === BigInt(BLOCK_BYTES) || current[5] === 0n ? Number(current[4]) : undefined;
}

async function areBlocksWhole(handle: FileHandle, blocks: number): Promise<boolean> {
  const bytes = new Uint8Array(BLOCKS_PER_READ * BLOCK_BYTES);
  for (let first = 0; first < blocks; first += BLOCKS_PER_READ) {
    const count = Math.min(BLOCKS_PER_READ, blocks - first);
    const position = HEADERS * HEADER_BYTES + first * BLOCK_BYTES;
    const { bytesRead } = await handle.read(bytes, 0, count * BLOCK_BYTES, position);
    if (bytesRead < count * BLOCK_BYTES) return false;
    for (let index = 0; index < count; index++) {
      if (!hasItsChecksum(new BigUint64Array(bytes.buffer, index * BLOCK_BYTES, BLOCK_BYTES / 8)))
        return false;
    }
  }
  return true;
}

function hasItsChecksum(words: BigUint64Array): boolean {
  return words[0] === checksumOf(words.subarray(1));
}

/** The factor's lower and upper 32 bits, and the lower ones' 16-bit halves. */
const FACTOR_LOW = 0x1c_e4_e5_b9;
const FACTOR_HIGH = 0xbf_58_47_6d | 0;
const FACTOR_0 = FACTOR_LOW & 0xffff;
const FACTOR_1 = FACTOR_LOW >>> 16;
const SEED = 5381;

/**
 * DuckDB's checksum of whole 64-bit words: each is multiplied by 0xbf58476d1ce4e5b9 modulo 2^64, and the products are
 * combined by exclusive or. With bigints that takes thirty times as long as with halves of words.
 */
export function checksumOf(words: BigUint64Array): bigint {
  const halves = new Uint32Array(words.buffer, words.byteOffset, words.length * 2);
  let low = SEED;
  let high = 0;
  for (let index = 0; index < halves.length; index += 2) {
    const lowHalf = halves[index] ?? 0;
    const half0 = lowHalf & 0xffff;
    const half1 = lowHalf >>> 16;
    const product01 = Math.imul(half0, FACTOR_1);
    const product10 = Math.imul(half1, FACTOR_0);
    const middle = (Math.imul(half0, FACTOR_0) >>> 16) + (product01 & 0xffff) + (product10 & 0xffff);
    const carry = Math.imul(half1, FACTOR_1) + (product01 >>> 16) + (product10 >>> 16) + (middle >>> 16);
    low ^= Math.imul(lowHalf, FACTOR_LOW);
    high ^= carry + Math.imul(lowHalf, FACTOR_HIGH) + Math.imul(halves[index + 1] ?? 0, FACTOR_LOW);
  }
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

const REMAINDER_FACTOR = 0xc6_a4_a7_93_5b_d1_e9_95n;
const REMAINDER_SEED = 0xe1_7a_14_65n;
const REMAINDER_SHIFT = 47n;

/**
 * The same of any number of bytes: up to seven that make no word are hashed as MurmurHash64A does.
 *
 * @see https://github.com/duckdb/duckdb/blob/main/src/common/checksum.cpp
 */
export function checksumOfBytes(bytes: Uint8Array): bigint {
  const words = Math.floor(bytes.length / 8);
  // A copy begins at a multiple of eight, as words have to.
  const sum = checksumOf(new BigUint64Array(new Uint8Array(bytes.subarray(0, words * 8)).buffer));
  const rest = bytes.subarray(words * 8);
  if (rest.length === 0) return sum;
  let hash = REMAINDER_SEED ^ wrapped(BigInt(rest.length) * REMAINDER_FACTOR);
  rest.forEach((byte, index) => {
    hash ^= BigInt(byte) << BigInt(8 * index);
  });
  hash = wrapped(hash * REMAINDER_FACTOR);
  hash = wrapped((hash ^ (hash >> REMAINDER_SHIFT)) * REMAINDER_FACTOR);
  return sum ^ hash ^ (hash >> REMAINDER_SHIFT);
}

function wrapped(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
