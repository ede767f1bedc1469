import { createHash } from 'node:crypto';

/** A reproducible source of draws: the same seed gives the same sequence on every machine. */
export interface SeededRandom {
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** A log-normal draw: half of the draws are below `median`; a larger `sigma` makes a longer tail. */
  logNormal(median: number, sigma: number): number;
  /** Letters and digits, for identifiers. */
  token(length: number): string;
}

const TOKEN_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'.split('');

/** Seeds the sfc32 generator with the SHA-256 of a text. */
export function seededRandom(seed: string): SeededRandom {
  const digest = createHash('sha256').update(seed).digest();
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = 1;

  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }
  function integer(min: number, max: number): number {
    return min + Math.floor(next() * (max - min + 1));
  }
  function pick<T>(choices: readonly T[]): T {
    return choices[integer(0, choices.length - 1)] as T;
  }
  return {
    next,
    integer,
    pick,
    chance: (probability) => next() < probability,
    // Box and Muller's method makes one normal draw of two uniform ones; 1 - next() is never 0.
    logNormal: (median, sigma) =>
      median * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    token: (length) => Array.from({ length }, () => pick(TOKEN_ALPHABET)).join(''),
  };
}
