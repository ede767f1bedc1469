import type { Histogram, Meter, Observable, ObservableCounter, ObservableGauge } from '@opentelemetry/api';

/** The instruments of the cost metrics. Counters are observed, histograms recorded; see `CostMetrics`. */
export interface CostInstruments {
  readonly cost: ObservableCounter;
  readonly tenantCost: ObservableCounter;
  readonly calls: ObservableCounter;
  readonly tokens: ObservableCounter;
  readonly overThreshold: ObservableCounter;
  readonly overflow: ObservableCounter;
  readonly priceBookAge: ObservableGauge;
  readonly callCost: Histogram;
  readonly requestCost: Histogram;
}

export function createCostInstruments(meter: Meter, bucketBoundaries: number[]): CostInstruments {
  const advice = { explicitBucketBoundaries: bucketBoundaries };
  return {
    cost: meter.createObservableCounter('costspan.cost', {
      unit: 'USD',
      description: 'Estimated cost of model calls by component.',
    }),
    tenantCost: meter.createObservableCounter('costspan.tenant.cost', {
      unit: 'USD',
      description: 'Estimated cost of model calls by tenant.',
    }),
    calls: meter.createObservableCounter('costspan.calls', {
      unit: '{call}',
      description: 'Model calls, priced or not, and why not.',
    }),
    tokens: meter.createObservableCounter('costspan.tokens', {
      unit: '{token}',
      description: 'Tokens that model calls reported.',
    }),
    overThreshold: meter.createObservableCounter('costspan.request.over_threshold', {
      unit: '{request}',
      description: 'Requests whose cost passed a configured threshold.',
    }),
    overflow: meter.createObservableCounter('costspan.metrics.overflow', {
      unit: '{measurement}',
      description: 'Measurements that were summed under "other" because a bound was reached.',
    }),
    priceBookAge: meter.createObservableGauge('costspan.price_book.age', {
      unit: 's',
      description: 'Time since the prices in force were checked.',
    }),
    callCost: meter.createHistogram('costspan.call.cost', {
      unit: 'USD',
      description: 'Estimated cost of one model call.',
      advice,
    }),
    requestCost: meter.createHistogram('costspan.request.cost', {
      unit: 'USD',
      description: 'Estimated cost of one request.',
      advice,
    }),
  };
}

export function observedInstruments(instruments: CostInstruments): Observable[] {
  const { cost, tenantCost, calls, tokens, overThreshold, overflow, priceBookAge } = instruments;
  return [cost, tenantCost, calls, tokens, overThreshold, overflow, priceBookAge];
}
