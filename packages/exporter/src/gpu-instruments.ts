import type { Meter, Observable, ObservableResult } from '@opentelemetry/api';
import type { CounterSeries } from './counter-series.ts';
import { type CounterDefinition, CounterTable } from './counter-table.ts';
import type { GpuRequestOutcome, GpuWindowAmounts, GpuWindowMeasurement } from './gpu-measurement.ts';
import { LabelValues, UNKNOWN } from './label-values.ts';
import { SeriesFamily } from './series-family.ts';

const COST: CounterDefinition = {
  name: 'costspan.gpu.cost',
  unit: 'USD',
  description: 'Cost of GPU pools in settled windows: of requests (direct), of idle time, and overhead.',
};
const TIME: CounterDefinition = {
  name: 'costspan.gpu.time',
  unit: 's',
  description: 'GPU time of pools in settled windows, by what was done with it.',
};
const COST_CORRECTIONS: CounterDefinition = {
  name: 'costspan.gpu.cost.corrections',
  unit: 'USD',
  description: 'By how much windows that were settled again differ in cost from before.',
  mayFall: true,
};
const TIME_CORRECTIONS: CounterDefinition = {
  name: 'costspan.gpu.time.corrections',
  unit: 's',
  description: 'By how much windows that were settled again differ in GPU time from before.',
  mayFall: true,
};
const REQUESTS: CounterDefinition = {
  name: 'costspan.gpu.requests',
  unit: '{request}',
  description: 'Requests of GPU pools: settled, late, or dropped because they were too late.',
};
const UTILIZATION = {
  name: 'costspan.gpu.utilization',
  unit: '1',
  description: 'How much of the time (occupancy) and of the capacity (fill) of the last window was in use.',
};

const COST_KINDS = ['direct', 'idle', 'overhead'] as const;
const TIME_KINDS = ['used', 'slack', 'idle'] as const;
const OUTCOMES: readonly GpuRequestOutcome[] = ['settled', 'late', 'dropped'];
/** The most series that a pool has in one instrument. */
const SERIES_PER_POOL = 3;

/** The series of one pool. */
interface PoolSeries {
  readonly cost: SeriesFamily;
  readonly time: SeriesFamily;
  readonly costCorrections: SeriesFamily;
  readonly timeCorrections: SeriesFamily;
  readonly requests: SeriesFamily;
  /** Of the last window; `undefined` before the first. */
  utilization: Readonly<Record<'occupancy' | 'fill', number | undefined>> | undefined;
}

export interface GpuBounds {
  readonly labelsMax: number;
  readonly seriesMax: number;
  /** Counts the measurements of pools that became `other`. */
  readonly overflow: CounterSeries;
}

/** The instruments of GPU pools; each pool has few series, so that a bound on pools is one on series. */
export class GpuInstruments {
  readonly #cost = new CounterTable(COST);
  readonly #time = new CounterTable(TIME);
  readonly #costCorrections = new CounterTable(COST_CORRECTIONS);
  readonly #timeCorrections = new CounterTable(TIME_CORRECTIONS);
  readonly #requests = new CounterTable(REQUESTS);
  readonly #tables = [this.#cost, this.#time, this.#costCorrections, this.#timeCorrections, this.#requests];
  readonly #pools = new Map<string, PoolSeries>();
  readonly #labels: LabelValues;
  readonly #onObserve = (result: ObservableResult): void => this.#observe(result);
  #gauge: Observable | undefined;

  constructor({ labelsMax, seriesMax, overflow }: GpuBounds) {
    const poolsMax = Math.min(labelsMax, Math.floor(seriesMax / SERIES_PER_POOL) - 2);
    this.#labels = new LabelValues(poolsMax, UNKNOWN, overflow);
  }

  /** Makes every series of a pool, because `increase()` does not see the first value of one. */
  announce(pool: string): void {
    this.#pool(pool);
  }

  /** @throws RangeError when an amount is below 0, which belongs to the corrections. */
  record(window: GpuWindowMeasurement): void {
    const { occupancy, fill } = window;
    for (const amount of amountsOf(window)) if (amount < 0n) throw new RangeError(`cannot count ${amount}`);
    const series = this.#pool(window.pool);
    add(series.cost, series.time, window);
    series.utilization = { occupancy, fill };
  }

  correct(difference: GpuWindowAmounts): void {
    const series = this.#pool(difference.pool);
    add(series.costCorrections, series.timeCorrections, difference);
  }

  count(pool: string, outcome: GpuRequestOutcome, requests: number): void {
    this.#pool(pool).requests.at(outcome).add(requests);
  }

  bind(meter: Meter): void {
    for (const table of this.#tables) table.bind(meter);
    const { name, unit, description } = UTILIZATION;
    this.#gauge = meter.createObservableGauge(name, { unit, description });
    this.#gauge.addCallback(this.#onObserve);
  }

  collect(): void {
    for (const table of this.#tables) table.collect();
  }

  flush(): void {
    for (const table of this.#tables) table.flush();
  }

  /** Stops taking part in collections. */
  unbind(): void {
    this.#gauge?.removeCallback(this.#onObserve);
  }

  #pool(name: string): PoolSeries {
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const pool = this.#labels.label(name);
    const ofLabel = this.#pools.get(pool);
    if (ofLabel !== undefined) return ofLabel;
    const family = (table: CounterTable, kinds: readonly string[], label = 'kind'): SeriesFamily => {
      const series = new SeriesFamily(table, label, { pool });
      for (const kind of kinds) series.at(kind);
      return series;
    };
    const created = {
      cost: family(this.#cost, COST_KINDS),
      time: family(this.#time, TIME_KINDS),
      costCorrections: family(this.#costCorrections, COST_KINDS),
      timeCorrections: family(this.#timeCorrections, TIME_KINDS),
      requests: family(this.#requests, OUTCOMES, 'outcome'),
      utilization: undefined,
    };
    this.#pools.set(pool, created);
    return created;
  }

  #observe(result: ObservableResult): void {
    for (const [pool, { utilization }] of this.#pools) {
      for (const kind of ['occupancy', 'fill'] as const) {
        const value = utilization?.[kind];
        if (value !== undefined && Number.isFinite(value)) result.observe(value, { kind, pool });
      }
    }
  }
}

function amountsOf(window: GpuWindowAmounts): bigint[] {
  return [...COST_KINDS.map((kind) => window[kind]), ...TIME_KINDS.map((kind) => window[`${kind}Nanos`])];
}

function add(cost: SeriesFamily, time: SeriesFamily, amounts: GpuWindowAmounts): void {
  for (const kind of COST_KINDS) cost.at(kind).addLarge(amounts[kind]);
  for (const kind of TIME_KINDS) time.at(kind).addLarge(amounts[`${kind}Nanos`]);
}
