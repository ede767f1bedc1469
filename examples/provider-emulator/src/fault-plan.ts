import type { SeededRandom } from './seeded-random.ts';

const RATE_LIMIT_CHANCE = 0.03;
const DROP_CHANCE = 0.06;
/** A run in which no stream was unlucky drops this one. */
const DROP_AT_STREAM_LATEST = 40;

/**
 * Which requests fail on purpose. The draws come from the request, not from its turn, so that a run with
 * concurrent clients has the same faults every time.
 */
export class FaultPlan {
  #streams = 0;
  #dropped = false;

  /** A few first attempts are refused; the client's retry is served. */
  refuses(attempt: number, random: SeededRandom): boolean {
    return random.chance(RATE_LIMIT_CHANCE) && attempt === 0;
  }

  /** One stream of the emulator's life loses its connection half-way. */
  drops(pieces: number, random: SeededRandom): boolean {
    this.#streams += 1;
    const unlucky = random.chance(DROP_CHANCE) || this.#streams >= DROP_AT_STREAM_LATEST;
    if (this.#dropped || !unlucky || pieces < 2) return false;
    this.#dropped = true;
    return true;
  }
}
