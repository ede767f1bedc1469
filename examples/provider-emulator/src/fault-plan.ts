import type { ProviderName } from './ledger.ts';
import type { SeededRandom } from './seeded-random.ts';

const RATE_LIMIT_CHANCE = 0.03;
/** A provider that was lucky so far refuses this request of it. */
const REFUSE_AT_REQUEST_LATEST = 15;
const DROP_CHANCE = 0.06;
/** A run in which no stream was unlucky drops this one. */
const DROP_AT_STREAM_LATEST = 40;

/**
 * Which requests fail on purpose. The draws come from the request, not from its turn, so that a run with
 * concurrent clients has the same faults every time, but for those that are made up when nothing failed.
 */
export class FaultPlan {
  #streams = 0;
  #dropped = false;
  readonly #requests = new Map<ProviderName, number>();
  readonly #refusing = new Set<ProviderName>();

  /** A few first attempts at every provider are refused; the client's retry is served. */
  refuses(provider: ProviderName, attempt: number, random: SeededRandom): boolean {
    const unlucky = random.chance(RATE_LIMIT_CHANCE);
    const requests = (this.#requests.get(provider) ?? 0) + 1;
    this.#requests.set(provider, requests);
    const isDue = !this.#refusing.has(provider) && requests >= REFUSE_AT_REQUEST_LATEST;
    if (attempt > 0 || !(unlucky || isDue)) return false;
    this.#refusing.add(provider);
    return true;
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
