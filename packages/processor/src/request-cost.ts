import { type CallOutcome, type CostThreshold, type Money, MoneySum } from '@costspan/cost-model';
import type { CostAttribution } from './cost-attribution.ts';
import type { SdkSpan } from './sdk-span.ts';

/**
 * The running sum of one request: the calls beneath one local root span. Children point to it, it points to no
 * child, so a request whose spans never end is freed with them.
 */
export class RequestCost {
  readonly entrySpan: SdkSpan;
  readonly entrySpanId: string;
  attribution: CostAttribution | undefined;
  /** Whether the entry span has ended, and the sum with it. */
  isClosed = false;
  calls = 0;
  unpricedCalls = 0;
  feature: string | undefined;
  readonly #sum = new MoneySum();

  constructor(entrySpan: SdkSpan) {
    this.entrySpan = entrySpan;
    this.entrySpanId = entrySpan.spanContext().spanId;
  }

  /** Adds a call, or takes it back when it turned out to be billed elsewhere. */
  count(outcome: CallOutcome, feature: string | undefined, sign: 1 | -1): void {
    if (outcome.status === 'duplicate') return;
    this.calls += sign;
    this.feature ??= feature;
    if (outcome.status === 'priced') this.#sum.add(sign * outcome.totalPico);
    else this.unpricedCalls += sign;
  }

  get cost(): Money {
    return this.#sum.total;
  }

  /** The thresholds that the request has passed; one that is met exactly is not passed. */
  exceeded(thresholds: readonly CostThreshold[]): CostThreshold[] {
    const { cost } = this;
    return thresholds.filter(
      (threshold) =>
        cost > threshold.requestCost &&
        (threshold.feature === undefined || threshold.feature === this.feature),
    );
  }
}
