import type { GatewayCall } from './gateway-call.ts';
import { enrichedCall, type EnrichedCall } from './enrich-request.ts';

/** Corrections that wait for a commit; what is over stays as it was recorded first. */
const CORRECTIONS_MAX = 10_000;

/** Corrections of earlier records that are not committed yet: a failed commit must not lose them. */
export class CallCorrections {
  #waiting = new Set<GatewayCall>();

  /** Adds corrections and takes all that wait, each as it stands now: a later request may have changed it again. */
  take(corrections: readonly EnrichedCall[]): EnrichedCall[] {
    const calls = this.#waiting;
    this.#waiting = new Set();
    for (const { kept } of corrections) calls.add(kept);
    return [...calls].flatMap((kept) => (kept.cost === undefined ? [] : [enrichedCall(kept, kept.cost)]));
  }

  /** Gives back corrections whose commit failed. */
  giveBack(corrections: readonly EnrichedCall[]): void {
    for (const { kept } of corrections) {
      if (this.#waiting.size >= CORRECTIONS_MAX) return;
      this.#waiting.add(kept);
    }
  }
}
