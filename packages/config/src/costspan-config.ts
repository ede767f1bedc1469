import type { AttributionKeys, CostAttributeVocabulary, CostThreshold } from '@costspan/cost-model';

/** The file that is read when neither an argument nor `COSTSPAN_CONFIG` names another one. */
export const CONFIG_FILE_NAME = 'costspan.yaml';

/** The effective configuration: every default is filled in. What each field means is in the README's table. */
export interface CostspanConfig {
  readonly version: 1;
  /** ISO 4217 code of the accounting currency. */
  readonly currency: string;
  readonly prices: PricesConfig;
  readonly attribution: AttributionConfig;
  readonly thresholds: readonly CostThreshold[];
  readonly emit: readonly CostAttributeVocabulary[];
  readonly sampling: SamplingConfig;
  readonly metrics: MetricsConfig;
  readonly gateway: GatewayConfig;
  readonly store: StoreConfig;
}

export interface PricesConfig {
  /** Price book files that are laid over the builtin book, later files winning. Always empty in this version. */
  readonly overlays: readonly string[];
  readonly approximateMatch: 'allow' | 'forbid';
  /** Whether an amount that the provider reports wins over the price book. Always `ignore` in this version. */
  readonly providerReportedCost: 'prefer' | 'ignore';
}

export interface AttributionConfig extends AttributionKeys {
  /** The most values of `feature`, and of `tenant`, that are kept apart in metrics. */
  readonly labelsMax: number;
}

export interface SamplingConfig {
  readonly meterUnsampled: boolean;
}

export interface MetricsConfig {
  readonly seriesMax: number;
}

export interface GatewayConfig {
  readonly listen: ListenAddress;
  readonly forward: ForwardConfig | undefined;
  /** The largest request body in bytes, before and after decompression. */
  readonly bodyBytesMax: number;
}

export interface ForwardConfig {
  /** The base address of an OTLP/HTTP endpoint; `/v1/traces` is added to it. */
  readonly endpoint: string;
  readonly mode: 'required' | 'best_effort';
}

export interface StoreConfig {
  readonly kind: 'duckdb';
  /** The data folder, relative to the working directory. */
  readonly path: string;
}

/** A TCP address. Port 0 lets the system choose a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}
