import type { GatewayCall } from './cost-model-calls.ts';
import type { EnrichedCall } from './enrich-request.ts';

/** Corrections that wait for a commit; what is over stays as it was recorded first. */
const CORRECTIONS_MAX = 10_000;

/** Corrections of earlier records that are not committed yet: a failed commit must not lose them. */
export class CallCorrections {
  #waiting = new Map<GatewayCall, EnrichedCall>();

  /** Adds corrections and takes all that wait; of two for one call the later one holds. */
  take(corrections: readonly EnrichedCall[]): EnrichedCall[] {
    const taken = this.#waiting;
    this.#waiting = new Map();
    for (const each of corrections) taken.set(each.kept, each);
    return [...taken.values()];
  }

  /** Gives back corrections whose commit failed. */
  giveBack(corrections: readonly EnrichedCall[]): void {
    for (const each of corrections) {
      if (this.#waiting.size >= CORRECTIONS_MAX) return;
      if (!this.#waiting.has(each.kept)) this.#waiting.set(each.kept, each);
    }
  }
}
