/** A process that has sent nothing for so long holds nobody up. */
const IDLE_SOURCE_MILLIS = 60_000;
/** Clocks of different machines differ by so much. */
const SKEW_NANOS = 1_000_000_000n;
/** Processes that are told apart; what is over is taken for one. */
const SOURCES_MAX = 10_000;
const OTHER = '';

interface Source {
  endUnixNano: bigint;
  seenAtMillis: number;
}

/**
 * Up to when the requests of a pool have arrived, as far as can be told: the least, over the processes that send spans,
 * of the latest end that each has sent. A backlog anywhere holds it up.
 */
export class GpuWatermark {
  readonly #sources = new Map<string, Source>();

  /** A process sent a request that ended then. */
  observe(source: string, endUnixNano: bigint, nowMillis: number): void {
    const isKnown = this.#sources.has(source) || this.#sources.size < SOURCES_MAX;
    const name = isKnown ? source : OTHER;
    const known = this.#sources.get(name);
    if (known === undefined) this.#sources.set(name, { endUnixNano, seenAtMillis: nowMillis });
    else {
      if (endUnixNano > known.endUnixNano) known.endUnixNano = endUnixNano;
      known.seenAtMillis = nowMillis;
    }
  }

  /** Never later than now, and never held up by more than the lateness that the pool allows. */
  at(nowUnixNano: bigint, latenessNanos: bigint, nowMillis: number): bigint {
    let least = nowUnixNano;
    for (const [name, { endUnixNano, seenAtMillis }] of this.#sources) {
      if (nowMillis - seenAtMillis > IDLE_SOURCE_MILLIS) this.#sources.delete(name);
      else if (endUnixNano + SKEW_NANOS < least) least = endUnixNano + SKEW_NANOS;
    }
    const bound = nowUnixNano - latenessNanos;
    return least < bound ? bound : least;
  }
}
