import type { CallOutcome, ModelCall } from '@costspan/cost-model';
import type { CallMeasurement } from '@costspan/exporter';
import { PriceBook } from '@costspan/pricing';
import { priceWithoutPool, type SpanCost } from '@costspan/processor';
import { startMillisOf } from './call-span.ts';
import type { GatewayCall } from './gateway-call.ts';

/**
 * What a call cost, for as long as another span may still report it: the price book alone, which gives the same outcome
 * whenever it is asked. The lines of a price would be half of what a call takes, and hardly any is ever looked at again.
 */
class PricedAgain implements SpanCost, CallMeasurement {
  readonly priceBook: PriceBook;
  readonly #kept: GatewayCall;

  constructor(kept: GatewayCall, priceBook: PriceBook) {
    this.#kept = kept;
    this.priceBook = priceBook;
  }

  get call(): ModelCall {
    return this.#kept.call;
  }

  get outcome(): CallOutcome {
    const { call, span } = this.#kept;
    return priceWithoutPool(call, this.priceBook.price(call, startMillisOf(span)));
  }

  get result(): CallOutcome {
    return this.outcome;
  }

  get gpu(): undefined {
    return undefined;
  }

  get feature(): string | undefined {
    return this.#kept.attribution.feature;
  }

  get tenant(): string | undefined {
    return this.#kept.attribution.tenant;
  }

  get entrySpanId(): string | undefined {
    return this.#kept.attribution.entrySpanId;
  }

  get route(): string | undefined {
    return this.#kept.attribution.route;
  }
}

/**
 * The cost that a call is to be remembered with; it reads as the one that was given. What was decided by more than the
 * price book (a verdict, a GPU pool, what another span knew of whose call it was) is kept as it is.
 */
export function rememberedCost(kept: GatewayCall, cost: SpanCost): SpanCost {
  return isByPriceBook(kept, cost) ? new PricedAgain(kept, cost.priceBook) : cost;
}

/** The same for what the metrics have counted of a call whose cost is remembered. */
export function rememberedMeasurement(
  kept: GatewayCall,
  cost: SpanCost,
  measurement: CallMeasurement,
): CallMeasurement {
  const { cost: known } = kept;
  const isKnown = known instanceof PricedAgain && known.priceBook === cost.priceBook;
  return isKnown && isByPriceBook(kept, cost) ? known : measurement;
}

function isByPriceBook(
  { call, attribution }: GatewayCall,
  cost: SpanCost,
): cost is SpanCost & { readonly priceBook: PriceBook } {
  return (
    cost.outcome.status === 'priced' &&
    cost.gpu === undefined &&
    cost.priceBook instanceof PriceBook &&
    cost.call === call &&
    cost.feature === attribution.feature &&
    cost.tenant === attribution.tenant &&
    cost.entrySpanId === attribution.entrySpanId &&
    cost.route === attribution.route
  );
}
