import type { AttributionKeys, CostAttributeVocabulary, CostThreshold, GpuPool } from '@costspan/cost-model';
import type { OverheadConfig } from './overhead-schema.ts';

/** The file that is read when neither an argument nor `COSTSPAN_CONFIG` names another one. */
export const CONFIG_FILE_NAME = 'costspan.yaml';

/** The effective configuration: every default is filled in. What each field means is in the README's table. */
export interface CostspanConfig {
  readonly version: 1;
  /** ISO 4217 code of the accounting currency. */
  readonly currency: string;
  readonly prices: PricesConfig;
  readonly overhead: OverheadConfig | undefined;
  readonly attribution: AttributionConfig;
  readonly thresholds: readonly CostThreshold[];
  readonly emit: readonly CostAttributeVocabulary[];
  readonly sampling: SamplingConfig;
  readonly wire: WireConfig;
  readonly metrics: MetricsConfig;
  readonly gateway: GatewayConfig;
  readonly store: StoreConfig;
  /** Hardware that is paid by the hour. One without an overhead of its own has that of the file. */
  readonly pools: readonly GpuPool[];
}

export interface PricesConfig {
  /** Files with own prices, laid over the price book in this order; relative to the folder of the configuration. */
  readonly overlays: readonly string[];
  readonly approximateMatch: 'allow' | 'forbid';
  /** Whether an amount that the provider reports wins over the price book. */
  readonly providerReportedCost: 'prefer' | 'ignore';
  /** Days since the prices were last checked after which a warning is given. */
  readonly ageDaysMax: number;
  readonly update: PriceUpdateConfig | undefined;
}

/** Where newer price books come from. */
export interface PriceUpdateConfig {
  readonly url: string;
  readonly allowedHosts: readonly string[];
  /** Ed25519 public keys in PEM. */
  readonly publicKeys: readonly string[];
  readonly everyHours: number;
  /** The folder that keeps them. */
  readonly path: string;
}

export interface AttributionConfig extends AttributionKeys {
  /** The most values of `feature`, and of `tenant`, that are kept apart in metrics. */
  readonly labelsMax: number;
}

export interface SamplingConfig {
  readonly meterUnsampled: boolean;
}

interface WireConfig {
  /** Whether a Node service reads usage off the HTTP responses of providers. */
  readonly enabled: boolean;
  readonly endpoints: readonly WireEndpointConfig[];
}

/** A private address and what is behind it. */
interface WireEndpointConfig {
  /** Host, or host and port. */
  readonly address: string;
  readonly pathPrefix?: string | undefined;
  readonly provider?: string | undefined;
  readonly ignore: boolean;
}

export interface MetricsConfig {
  readonly seriesMax: number;
}

export interface GatewayConfig {
  readonly listen: ListenAddress;
  /** Absent: http. */
  readonly tls?: GatewayTlsConfig | undefined;
  /** Absent: everybody who can reach the gateway may send spans and ask for costs. */
  readonly auth?: GatewayAuthConfig | undefined;
  readonly forward: ForwardConfig | undefined;
  /** The largest request body in bytes, before and after decompression. */
  readonly bodyBytesMax: number;
  readonly timeouts: GatewayTimeoutsConfig;
}

/** Files in PEM, relative to the folder of the configuration. */
export interface GatewayTlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  /** With it, clients need a certificate that one of these authorities issued. */
  readonly clientCaFile?: string | undefined;
  readonly minVersion: '1.2' | '1.3';
}

export interface GatewayAuthConfig {
  /** What {@link parseGatewayTokens} reads; relative to the folder of the configuration. */
  readonly tokensFile: string;
}

/** How long the gateway waits for its clients. */
export interface GatewayTimeoutsConfig {
  readonly headersSeconds: number;
  readonly requestSeconds: number;
  /** Between two requests of a connection. */
  readonly idleSeconds: number;
}

export interface ForwardConfig {
  /** The base address of an OTLP/HTTP endpoint; `/v1/traces` is added to it. */
  readonly endpoint: string;
  readonly mode: 'required' | 'best_effort';
  /** What {@link parseHeadersFile} reads; relative to the folder of the configuration. */
  readonly headersFile?: string | undefined;
  readonly tls?: ForwardTlsConfig | undefined;
}

/** Files in PEM, relative to the folder of the configuration; certificate and key are both there or neither is. */
export interface ForwardTlsConfig {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export interface StoreConfig {
  /** `gateway`: the books of another gateway, at `url`. */
  readonly kind: 'duckdb' | 'gateway' | 'none';
  /** The data folder, relative to the working directory. */
  readonly path: string;
  readonly url?: string | undefined;
  /** The bearer token for that gateway. */
  readonly tokenFile?: string | undefined;
}

/** A TCP address. Port 0 lets the system choose a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}
