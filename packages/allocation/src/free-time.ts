/** Time of a lane in which nothing ran yet; each part is taken once. */
export class FreeTime {
  /** Ascending; between two of them the time is free or taken as a whole. */
  readonly #boundsNanos: readonly number[];
  /** For each part the next one from it on that may be free, so that taken ones are skipped at once. */
  readonly #next: Uint32Array;

  /** @param boundsNanos The starts and ends of all that will be taken. */
  constructor(boundsNanos: readonly number[]) {
    this.#boundsNanos = [...new Set(boundsNanos)].toSorted((left, right) => left - right);
    this.#next = Uint32Array.from(this.#boundsNanos.keys());
  }

  /** Takes what is free between two bounds, and returns how much it was. */
  take(startNanos: number, endNanos: number): number {
    const until = this.#partFrom(endNanos);
    let takenNanos = 0;
    for (let part = this.#freeFrom(this.#partFrom(startNanos)); part < until; part = this.#freeFrom(part)) {
      takenNanos += (this.#boundsNanos[part + 1] ?? 0) - (this.#boundsNanos[part] ?? 0);
      this.#next[part] = part + 1;
    }
    return takenNanos;
  }

  #partFrom(nanos: number): number {
    let low = 0;
    let high = this.#boundsNanos.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#boundsNanos[middle] ?? 0) < nanos) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #freeFrom(part: number): number {
    let free = part;
    while ((this.#next[free] ?? free) !== free) free = this.#next[free] ?? free;
    for (let passed = part; passed !== free;) {
      const following = this.#next[passed] ?? free;
      this.#next[passed] = free;
      passed = following;
    }
    return free;
  }
}
