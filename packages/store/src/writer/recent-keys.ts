import { randomBytes } from 'node:crypto';

/** Slots of a table; three quarters of them are filled at most, so that a search is short. */
const TABLE_SLOTS = 2 ** 20;
const TABLE_KEYS = TABLE_SLOTS * 0.75;

/**
 * The keys that came last, by a fingerprint of 64 bits, ten bytes each.
 *
 * 1. A key goes to the newest table; a full one is followed by another, and of too many the oldest is forgotten.
 * 2. A table is an array that is searched from the fingerprint's place on, up to a free slot.
 * 3. Of two keys, one in 2^64 pairs has the same fingerprint. Every process starts it from another number.
 */
export class RecentKeys {
  readonly #tablesMax: number;
  readonly #seed: number = randomBytes(4).readUInt32LE();
  /** The newest one first. */
  #tables: KeyTable[] = [];
  #forgottenUntilNano: number = Number.NEGATIVE_INFINITY;

  /** @param keysMax - Rounded up to whole tables of 786,432 keys. */
  constructor(keysMax: number) {
    this.#tablesMax = Math.max(2, Math.ceil(keysMax / TABLE_KEYS));
  }

  /** No key that was forgotten starts later; -Infinity when none was. */
  get forgottenUntilNano(): number {
    return this.#forgottenUntilNano;
  }

  /** Keys that can be added before others are forgotten. */
  get freeKeys(): number {
    const [newest] = this.#tables;
    const unusedTables = this.#tablesMax - this.#tables.length;
    return unusedTables * TABLE_KEYS + (newest === undefined ? 0 : TABLE_KEYS - newest.size);
  }

  /**
   * Adds a key and tells whether it was not there.
   *
   * @param startNano - When it starts at the latest, in nanoseconds since 1970.
   */
  add(traceId: string, spanId: string, startNano: number = Number.POSITIVE_INFINITY): boolean {
    const { high, low } = this.#fingerprint(traceId, spanId);
    for (const table of this.#tables) if (table.has(high, low)) return false;
    let [newest] = this.#tables;
    if (newest === undefined || newest.size >= TABLE_KEYS) newest = this.#nextTable();
    newest.add(high, low);
    newest.lastStartNano = Math.max(newest.lastStartNano, startNano);
    return true;
  }

  has(traceId: string, spanId: string): boolean {
    const { high, low } = this.#fingerprint(traceId, spanId);
    return this.#tables.some((table) => table.has(high, low));
  }

  #nextTable(): KeyTable {
    const table = new KeyTable();
    this.#tables.unshift(table);
    if (this.#tables.length > this.#tablesMax) {
      const forgotten = this.#tables.pop()?.lastStartNano ?? Number.NEGATIVE_INFINITY;
      this.#forgottenUntilNano = Math.max(this.#forgottenUntilNano, forgotten);
    }
    return table;
  }

  /** Two rounds of murmur-like mixing over the characters, in lanes that start differently. */
  #fingerprint(traceId: string, spanId: string): Fingerprint {
    let high = this.#seed;
    let low = this.#seed ^ 0x9e3779b9;
    for (let index = 0; index < traceId.length; index++) {
      const code = traceId.charCodeAt(index);
      high = Math.imul(high ^ code, 0x85ebca6b);
      high ^= high >>> 15;
      low = Math.imul(low ^ code, 0xc2b2ae35);
      low ^= low >>> 13;
    }
    // No character is -1: ids that only differ in where one ends and the other begins differ.
    high = Math.imul(high ^ -1, 0x85ebca6b);
    low = Math.imul(low ^ -1, 0xc2b2ae35);
    for (let index = 0; index < spanId.length; index++) {
      const code = spanId.charCodeAt(index);
      high = Math.imul(high ^ code, 0x85ebca6b);
      high ^= high >>> 15;
      low = Math.imul(low ^ code, 0xc2b2ae35);
      low ^= low >>> 13;
    }
    // Ids that count up are to be spread over the table; and zero is what a free slot has.
    high = Math.imul(high ^ (high >>> 16), 0x85ebca6b);
    high = Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
    return { high: (high ^ (high >>> 16)) >>> 0, low: low >>> 0 || 1 };
  }
}

interface Fingerprint {
  readonly high: number;
  /** Never 0. */
  readonly low: number;
}

class KeyTable {
  readonly #high: Uint32Array = new Uint32Array(TABLE_SLOTS);
  readonly #low: Uint32Array = new Uint32Array(TABLE_SLOTS);
  size = 0;
  lastStartNano: number = Number.NEGATIVE_INFINITY;

  has(high: number, low: number): boolean {
    return this.#low[this.#slot(high, low)] !== 0;
  }

  add(high: number, low: number): void {
    const slot = this.#slot(high, low);
    if (this.#low[slot] === 0) this.size += 1;
    this.#high[slot] = high;
    this.#low[slot] = low;
  }

  /** Where the fingerprint is, or the free slot where it would be. */
  #slot(high: number, low: number): number {
    let slot = (high ^ (low >>> 7)) & (TABLE_SLOTS - 1);
    while (this.#low[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) {
      slot = (slot + 1) & (TABLE_SLOTS - 1);
    }
    return slot;
  }
}
