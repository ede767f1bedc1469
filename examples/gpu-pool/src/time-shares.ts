/** A request in the batch of a replica, half open. */
export interface ActiveRequest {
  readonly id: string;
  readonly replica: string;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
}

export interface Period {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
}

/** The least common multiple of 1 to 16, so that a nanosecond divides evenly among up to so many requests. */
export const UNITS_PER_NANO = 720_720n;
const BATCH_MAX = 16n;

/**
 * What each request has of its replica's time in a period, in {@link UNITS_PER_NANO}ths of a nanosecond and exactly:
 * every stretch in which the batch stays the same is divided equally among those in it. Slow and plain, to be compared
 * with the books.
 */
export function timeShares(requests: readonly ActiveRequest[], period: Period): Map<string, bigint> {
  const shares = new Map<string, bigint>();
  for (const onReplica of Map.groupBy(requests, ({ replica }) => replica).values()) {
    const clipped = onReplica
      .map((request) => ({ id: request.id, ...overlap(request, period) }))
      .filter(({ startUnixNano, endUnixNano }) => endUnixNano > startUnixNano);
    const instants = [
      ...new Set(clipped.flatMap(({ startUnixNano, endUnixNano }) => [startUnixNano, endUnixNano])),
    ].toSorted((a, b) => Number(a - b));
    for (const [index, from] of instants.entries()) {
      const until = instants[index + 1];
      if (until === undefined) continue;
      const batch = clipped.filter(
        ({ startUnixNano, endUnixNano }) => startUnixNano <= from && endUnixNano >= until,
      );
      if (batch.length > BATCH_MAX) throw new Error(`more than ${BATCH_MAX} requests at once`);
      for (const { id } of batch) {
        const part = ((until - from) * UNITS_PER_NANO) / BigInt(batch.length);
        shares.set(id, (shares.get(id) ?? 0n) + part);
      }
    }
  }
  return shares;
}

/** The part of one period that lies in another; empty ones may end before they begin. */
export function overlap(one: Period, other: Period): Period {
  return {
    startUnixNano: one.startUnixNano > other.startUnixNano ? one.startUnixNano : other.startUnixNano,
    endUnixNano: one.endUnixNano < other.endUnixNano ? one.endUnixNano : other.endUnixNano,
  };
}
