import { type CostThreshold, type ModelCall, pricedModel } from '@costspan/cost-model';
import type { CostInstruments, SeriesBounds } from './cost-instruments.ts';
import { type CounterSeries, OverflowSeries } from './counter-series.ts';
import { type CallLabels, type CallSeries, FeatureSeries, type RequestSeries } from './feature-series.ts';
import { labelText, LabelValues, OTHER, UNATTRIBUTED, UNKNOWN } from './label-values.ts';
import { SeriesFamily } from './series-family.ts';

const OTHER_CALL: CallLabels = { provider: OTHER, model: OTHER, operation: OTHER, feature: OTHER };

/** Finds the series that a measurement adds to, and creates those that are new within the bounds. */
export class SeriesIndex {
  readonly #instruments: CostInstruments;
  readonly #thresholds: readonly CostThreshold[];
  readonly #seriesMax: number;
  readonly #featureLabels: LabelValues;
  readonly #tenantLabels: LabelValues;
  readonly #routeLabels: LabelValues;
  readonly #features = new Map<string, FeatureSeries>();
  #callsKept = 0;
  #requestsKept = 0;

  constructor(instruments: CostInstruments, bounds: SeriesBounds, thresholds: readonly CostThreshold[]) {
    const { labelsMax, seriesMax } = bounds;
    this.#instruments = instruments;
    this.#thresholds = thresholds;
    this.#seriesMax = seriesMax;
    this.#featureLabels = new LabelValues(labelsMax, UNATTRIBUTED, instruments.labelOverflow('feature'));
    this.#tenantLabels = new LabelValues(labelsMax, UNATTRIBUTED, instruments.labelOverflow('tenant'));
    this.#routeLabels = new LabelValues(labelsMax, UNKNOWN, instruments.labelOverflow('route'));
    for (const { feature } of thresholds) if (feature !== undefined) this.feature(feature);
  }

  feature(value: string | undefined): FeatureSeries {
    const known = this.#features.get(value ?? UNATTRIBUTED);
    return known ?? this.#featureOfLabel(this.#featureLabels.label(value));
  }

  call(feature: FeatureSeries, call: ModelCall): CallSeries {
    const { provider = UNKNOWN, operation } = call;
    const model = pricedModel(call) ?? UNKNOWN;
    return feature.call(provider, model, operation) ?? this.#createCall(feature, provider, model, operation);
  }

  tenantCost(feature: FeatureSeries, tenant: string | undefined): CounterSeries {
    const known = feature.tenantCosts.get(tenant ?? UNATTRIBUTED);
    if (known !== undefined) return known;
    const label = this.#tenantLabels.label(tenant);
    const series = this.#instruments.tenantCost.series({ tenant: label, feature: feature.label });
    if (!(series instanceof OverflowSeries)) feature.tenantCosts.set(label, series);
    return series;
  }

  request(feature: FeatureSeries, route: string | undefined): RequestSeries {
    const known = feature.requests.get(route ?? UNKNOWN);
    return known ?? this.#requestOfLabel(feature, this.#routeLabels.label(route));
  }

  #featureOfLabel(label: string): FeatureSeries {
    const known = this.#features.get(label);
    if (known !== undefined) return known;
    const overThreshold = new SeriesFamily(this.#instruments.overThreshold, 'threshold', { feature: label });
    // An alert on `increase()` needs the 0 before the first request that costs too much.
    for (const { name, feature } of this.#thresholds) {
      if (feature === undefined || labelText(feature, UNATTRIBUTED) === label) overThreshold.at(name);
    }
    const created = new FeatureSeries(label, overThreshold);
    this.#features.set(label, created);
    return created;
  }

  #createCall(feature: FeatureSeries, provider: string, model: string, operation: string): CallSeries {
    const labels = {
      provider: labelText(provider, UNKNOWN),
      model: labelText(model, UNKNOWN),
      operation,
      feature: feature.label,
    };
    const known = feature.call(labels.provider, labels.model, operation);
    if (known !== undefined) return known;
    if (this.#callsKept < this.#seriesMax - 1) {
      this.#callsKept += 1;
      return this.#addCall(feature, labels, undefined);
    }
    const others = this.#featureOfLabel(OTHER);
    return (
      others.call(OTHER, OTHER, OTHER) ?? this.#addCall(others, OTHER_CALL, this.#instruments.callOverflow)
    );
  }

  #addCall(feature: FeatureSeries, labels: CallLabels, overflow: CounterSeries | undefined): CallSeries {
    const { cost, tokens, calls } = this.#instruments;
    const { provider, model } = labels;
    const ofStatus = (status: string): SeriesFamily =>
      new SeriesFamily(calls, 'reason', { status, provider, model });
    const series = {
      cost: new SeriesFamily(cost, 'component', { ...labels }),
      tokens: new SeriesFamily(tokens, 'type', { provider, model, feature: labels.feature }),
      calls: { priced: ofStatus('priced'), unpriced: ofStatus('unpriced'), duplicate: ofStatus('duplicate') },
      callCost: { attributes: { ...labels }, started: false },
      overflow,
    };
    feature.addCall(labels, series);
    return series;
  }

  #requestOfLabel(feature: FeatureSeries, route: string): RequestSeries {
    const known = feature.requests.get(route);
    if (known !== undefined) return known;
    if (this.#requestsKept < this.#seriesMax - 1) {
      this.#requestsKept += 1;
      return addRequest(feature, route, undefined);
    }
    const others = this.#featureOfLabel(OTHER);
    return others.requests.get(OTHER) ?? addRequest(others, OTHER, this.#instruments.requestOverflow);
  }
}

function addRequest(
  feature: FeatureSeries,
  route: string,
  overflow: CounterSeries | undefined,
): RequestSeries {
  const attributes = { route, feature: feature.label };
  const series = { requestCost: { attributes, started: false }, overflow };
  feature.requests.set(route, series);
  return series;
}
