import {
  describeReason,
  type ModelCall,
  pricedModel,
  type PricedResult,
  recordedCost,
  type UnpricedResult,
} from '@costspan/cost-model';
import type { PriceBook, PriceExplanation } from '@costspan/pricing';

/** A price as `costspan price --json` prints it. */
export function pricedJson(result: PricedResult, call: ModelCall, book: PriceBook, atMillis: number): object {
  const explanation = book.explain(call, atMillis);
  return {
    ...callJson(call),
    status: 'priced',
    ...recordedCost(result, book.currency),
    exactMatch: result.price.exactMatch,
    ...(explanation !== undefined && { explanation: explanationJson(explanation) }),
    priceBook: { version: book.version, digest: book.digest, entry: result.price.entry ?? null },
  };
}

function explanationJson({ match, origin }: PriceExplanation): object {
  const { data } = match;
  return {
    how: match.how,
    sourceUrl: match.sourceUrl,
    checked: match.checked,
    from: match.from ?? null,
    until: match.until ?? null,
    serviceTier: origin.serviceTier ?? null,
    region: origin.region?.names ?? null,
    regionMultiplier: origin.region?.multiplier ?? null,
    hours: origin.window === undefined ? null : { from: origin.window.from, until: origin.window.until },
    longContext: origin.length?.inputTokens ?? null,
    options: origin.options?.map(({ when }) => when) ?? [],
    discount: origin.period.discount ?? null,
    approximate: data.approximate ?? null,
    currency: data.currency ?? null,
    derived: data.derived ?? {},
    notes: data.notes ?? [],
  };
}

/** The reason why there is no price, as `costspan price --json` prints it. */
export function unpricedJson(
  result: UnpricedResult,
  call: ModelCall,
  book: PriceBook,
  closest: readonly string[],
): object {
  return {
    ...callJson(call),
    status: 'unpriced',
    reason: result.reason,
    reasonText: describeReason(result.reason),
    reasonDetail: result.detail ?? null,
    closest,
    priceBook: { version: book.version, digest: book.digest, entry: null },
  };
}

function callJson(call: ModelCall): object {
  return {
    provider: call.provider ?? null,
    model: pricedModel(call) ?? null,
    usage: call.usage,
    serviceTier: call.serviceTier ?? null,
    region: call.region ?? null,
  };
}
