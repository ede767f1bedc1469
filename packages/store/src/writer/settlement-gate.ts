import type { CostRecord } from '@costspan/cost-model';

/** A settlement that is neither in the journal nor stale yet. */
export interface UndecidedSettlement {
  readonly concerns: (correction: CostRecord) => boolean;
}

interface HeldStep {
  readonly behind: readonly UndecidedSettlement[];
  readonly run: () => void;
}

/**
 * Keeps corrections out of the journal that come after a settlement and concern it, until that is in the journal itself: the
 * last word is then with the same one, whether they are applied now or again from the journal. All that comes after one that is
 * held is held as well, so that everything else stays in its order.
 */
export class SettlementGate {
  readonly #undecided = new Set<UndecidedSettlement>();
  #held: HeldStep[] = [];

  add(settlement: UndecidedSettlement): void {
    this.#undecided.add(settlement);
  }

  /** Runs a step at once, or, when it has to wait, in its turn. */
  pass(corrections: readonly CostRecord[], run: () => void): void {
    const behind = [...this.#undecided].filter(({ concerns }) => corrections.some(concerns));
    if (behind.length === 0 && this.#held.length === 0) run();
    else this.#held.push({ behind, run });
  }

  /** The settlement is in the journal now, or never will be. */
  decide(settlement: UndecidedSettlement): void {
    this.#undecided.delete(settlement);
    for (let [first] = this.#held; first !== undefined; [first] = this.#held) {
      if (first.behind.some((each) => this.#undecided.has(each))) return;
      this.#held.shift();
      first.run();
    }
  }
}
