import type { CostThreshold } from '@costspan/cost-model';
import type { Meter } from '@opentelemetry/api';
import { costBuckets } from './cost-buckets.ts';
import type { CounterSeries } from './counter-series.ts';
import { type CounterDefinition, CounterTable } from './counter-table.ts';
import { GpuInstruments } from './gpu-instruments.ts';
import { HistogramBuffer, type HistogramDefinition } from './histogram-buffer.ts';

const COST: CounterDefinition = {
  name: 'costspan.cost',
  unit: 'USD',
  description: 'Estimated cost of model calls, by component.',
  keptLabel: 'component',
};
const TENANT_COST: CounterDefinition = {
  name: 'costspan.tenant.cost',
  unit: 'USD',
  description: 'Estimated cost of model calls, by tenant.',
};
const CALLS: CounterDefinition = {
  name: 'costspan.calls',
  unit: '{call}',
  description: 'Model calls: priced, unpriced with the reason why, or duplicate.',
  keptLabel: 'status',
};
const TOKENS: CounterDefinition = {
  name: 'costspan.tokens',
  unit: '{token}',
  description: 'Tokens of model calls; the types are disjoint.',
  keptLabel: 'type',
};
const USAGE_CORRECTIONS: CounterDefinition = {
  name: 'costspan.usage.corrections',
  unit: '{call}',
  description: 'Model calls whose counts contradicted what their dialect is known to mean.',
};
const OVER_THRESHOLD: CounterDefinition = {
  name: 'costspan.request.over_threshold',
  unit: '{request}',
  description: 'Requests whose cost passed a threshold.',
  keptLabel: 'threshold',
};
const OVERFLOW: CounterDefinition = {
  name: 'costspan.metrics.overflow',
  unit: '{measurement}',
  description: 'Measurements whose label became "other" at a bound, or that were dropped.',
};
const CALL_COST: HistogramDefinition = {
  name: 'costspan.call.cost',
  unit: 'USD',
  description: 'Estimated cost of one model call.',
};
const REQUEST_COST: HistogramDefinition = {
  name: 'costspan.request.cost',
  unit: 'USD',
  description: 'Estimated cost of one user-facing request.',
};

/** The labels whose own bound sends single values to `other`, in every instrument that has them. */
type BoundedLabel = 'feature' | 'tenant' | 'route' | 'pool';

/** The bounds of one label's values and of one instrument's series. */
export interface SeriesBounds {
  readonly labelsMax: number;
  readonly seriesMax: number;
}

/** The instruments of the cost metrics: each with its series and what has been measured but not published. */
export class CostInstruments {
  readonly cost: CounterTable;
  readonly tenantCost: CounterTable;
  readonly calls: CounterTable;
  readonly tokens: CounterTable;
  readonly overThreshold: CounterTable;
  readonly callCost: HistogramBuffer;
  readonly requestCost: HistogramBuffer;
  readonly gpu: GpuInstruments;
  /** Counts the measurements of calls for which there are too many histogram series. */
  readonly callOverflow: CounterSeries;
  /** Counts the measurements of requests for which there are too many histogram series. */
  readonly requestOverflow: CounterSeries;
  readonly #usageCorrections = new CounterTable(USAGE_CORRECTIONS);
  readonly #overflow = new CounterTable(OVERFLOW);
  readonly #all: readonly (CounterTable | HistogramBuffer | GpuInstruments)[];

  constructor({ labelsMax, seriesMax }: SeriesBounds, thresholds: readonly CostThreshold[]) {
    const counter = (definition: CounterDefinition): CounterTable =>
      new CounterTable(definition, { seriesMax, overflow: this.#overflowOf(definition.name, 'all') });
    const boundaries = costBuckets(thresholds);
    const histogram = (definition: HistogramDefinition): HistogramBuffer =>
      new HistogramBuffer(definition, boundaries, this.#overflowOf(definition.name, 'dropped'));
    this.cost = counter(COST);
    this.tenantCost = counter(TENANT_COST);
    this.calls = counter(CALLS);
    this.tokens = counter(TOKENS);
    this.overThreshold = counter(OVER_THRESHOLD);
    this.callCost = histogram(CALL_COST);
    this.requestCost = histogram(REQUEST_COST);
    this.callOverflow = this.#overflowOf(CALL_COST.name, 'all');
    this.requestOverflow = this.#overflowOf(REQUEST_COST.name, 'all');
    this.gpu = new GpuInstruments({ labelsMax, seriesMax, overflow: this.labelOverflow('pool') });
    // The overflow comes last, because publishing the others can add to it.
    this.#all = [
      this.cost,
      this.tenantCost,
      this.calls,
      this.tokens,
      this.overThreshold,
      this.#usageCorrections,
      this.callCost,
      this.requestCost,
      this.gpu,
      this.#overflow,
    ];
  }

  /** Counts the measurements that went to `other` because a label has as many values as it may. */
  labelOverflow(label: BoundedLabel): CounterSeries {
    return this.#overflowOf('all', label);
  }

  /** Counts the calls of a dialect whose counts were read the other way round; there are few dialects. */
  usageCorrection(dialect: string): CounterSeries {
    return this.#usageCorrections.series({ dialect });
  }

  /** Creates the instruments and announces the series that are known. */
  bind(meter: Meter): void {
    for (const instrument of this.#all) instrument.bind(meter);
  }

  /** Publishes what a collection is to see; see {@link CounterTable} for what it is not to see yet. */
  collect(): void {
    for (const instrument of this.#all) instrument.collect();
  }

  /** Publishes everything. */
  flush(): void {
    for (const instrument of this.#all) instrument.flush();
  }

  #overflowOf(instrument: string, label: string): CounterSeries {
    return this.#overflow.series({ instrument, label });
  }
}
