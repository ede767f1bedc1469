import type { CostThreshold } from '@costspan/cost-model';
import type { CostAttribution } from './cost-attribution.ts';
import type { SdkSpan } from './sdk-span-view.ts';

/**
 * The running sum of one request: the calls beneath one local root span. Children point to it, it points to no
 * child, so a request whose spans never end is freed with them.
 */
export class RequestCost {
  readonly entrySpan: SdkSpan;
  readonly entrySpanId: string;
  attribution: CostAttribution | undefined;
  calls = 0;
  unpricedCalls = 0;
  feature: string | undefined;
  #costPico = 0;
  #carriedPico = 0n;

  constructor(entrySpan: SdkSpan) {
    this.entrySpan = entrySpan;
    this.entrySpanId = entrySpan.spanContext().spanId;
  }

  /** Adds one call; the sum is kept exact beyond what a double can hold. */
  addPriced(costPico: number, feature: string | undefined): void {
    this.calls += 1;
    this.feature ??= feature;
    const sum = this.#costPico + costPico;
    if (Number.isSafeInteger(sum)) {
      this.#costPico = sum;
    } else {
      this.#carriedPico += BigInt(this.#costPico);
      this.#costPico = costPico;
    }
  }

  addUnpriced(feature: string | undefined): void {
    this.calls += 1;
    this.unpricedCalls += 1;
    this.feature ??= feature;
  }

  get costPico(): bigint {
    return this.#carriedPico + BigInt(this.#costPico);
  }

  /** The thresholds that the request has passed; one that is met exactly is not passed. */
  exceeded(thresholds: readonly CostThreshold[]): CostThreshold[] {
    const costPico = this.costPico;
    return thresholds.filter(
      (threshold) =>
        costPico > threshold.requestCost &&
        (threshold.feature === undefined || threshold.feature === this.feature),
    );
  }
}
