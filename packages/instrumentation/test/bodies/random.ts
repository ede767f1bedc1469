/** A small deterministic source of random numbers (mulberry32). */
export interface Random {
  /** From 0 to below `below`. */
  int(below: number): number;
  /** True once in `times`. */
  once(times: number): boolean;
  of<Item>(items: readonly Item[]): Item;
}

export function randomFrom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const int = (below: number): number => Math.floor(next() * below);
  return { int, once: (times) => int(times) === 0, of: (items) => items[int(items.length)]! };
}

/** Cuts bytes into chunks: of a fixed size, or of random sizes, which begin anew with every tenth chunk. */
export function chunksOf(bytes: Uint8Array, size: number | 'whole' | Random): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  let sizeMax = 1;
  while (at < bytes.length) {
    if (typeof size === 'object' && chunks.length % 10 === 0) sizeMax = size.of([1, 3, 20, 500, 70_000]);
    const length = size === 'whole' ? bytes.length : typeof size === 'number' ? size : 1 + size.int(sizeMax);
    // A copy, filled with noise once it was read, shows what is kept of a chunk.
    chunks.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return chunks;
}
