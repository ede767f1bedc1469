import { formatMoney, type GpuPool, type Money } from '@costspan/cost-model';
import { stringify } from 'yaml';
import type { CostspanConfig, GatewayConfig } from './costspan-config.ts';
import { formatRateStart } from './gpu-rate-schema.ts';
import { formatListenAddress } from './listen-address.ts';

/** Writes the effective configuration as YAML that {@link parseConfig} reads back to the same configuration. */
export function formatEffectiveConfig(config: CostspanConfig): string {
  const { prices, attribution, sampling, wire, metrics, gateway, store } = config;
  return stringify({
    version: config.version,
    currency: config.currency,
    prices: {
      overlays: prices.overlays,
      approximate_match: prices.approximateMatch,
      provider_reported_cost: prices.providerReportedCost,
      age_days_max: prices.ageDaysMax,
      update: prices.update && {
        url: prices.update.url,
        allowed_hosts: prices.update.allowedHosts,
        public_keys: prices.update.publicKeys,
        every_hours: prices.update.everyHours,
        path: prices.update.path,
      },
    },
    overhead: config.overhead,
    attribution: {
      feature: attribution.feature,
      tenant: attribution.tenant,
      labels_max: attribution.labelsMax,
    },
    thresholds: config.thresholds.map(({ name, feature, requestCost }) => ({
      name,
      feature,
      request_cost: shortDecimal(requestCost),
    })),
    emit: config.emit,
    sampling: { meter_unsampled: sampling.meterUnsampled },
    wire: {
      enabled: wire.enabled,
      endpoints: wire.endpoints.map(({ address, pathPrefix, provider, ignore }) => ({
        address,
        path_prefix: pathPrefix,
        provider,
        ignore,
      })),
    },
    metrics: { series_max: metrics.seriesMax },
    gateway: gatewayKeys(gateway),
    store: { kind: store.kind, path: store.path, url: store.url, token_file: store.tokenFile },
    pools: config.pools.map(poolKeys),
  });
}

function gatewayKeys({ listen, tls, auth, forward, bodyBytesMax, timeouts }: GatewayConfig): object {
  return {
    listen: formatListenAddress(listen),
    tls: tls && {
      cert_file: tls.certFile,
      key_file: tls.keyFile,
      client_ca_file: tls.clientCaFile,
      min_version: tls.minVersion,
    },
    auth: auth && { tokens_file: auth.tokensFile },
    forward: forward && {
      endpoint: forward.endpoint,
      mode: forward.mode,
      headers_file: forward.headersFile,
      tls: forward.tls && {
        ca_file: forward.tls.caFile,
        cert_file: forward.tls.certFile,
        key_file: forward.tls.keyFile,
      },
    },
    body_bytes_max: bodyBytesMax,
    timeouts: {
      headers_seconds: timeouts.headersSeconds,
      request_seconds: timeouts.requestSeconds,
      idle_seconds: timeouts.idleSeconds,
    },
  };
}

function poolKeys(pool: GpuPool): Record<string, unknown> {
  return {
    name: pool.name,
    owner: pool.owner,
    match: pool.match,
    instance: pool.instance,
    gpus: pool.gpus,
    replicas: pool.replicas,
    replica_keys: pool.replicaKeys,
    rates: pool.rates.map(({ fromUnixNano, perHour }) => ({
      from: formatRateStart(fromUnixNano),
      per_hour: shortDecimal(perHour),
    })),
    method: pool.method,
    basis: pool.basis,
    capacity: pool.capacity,
    idle: pool.idle,
    reserved: pool.reserved,
    overhead: pool.overhead,
    window_seconds: pool.windowSeconds,
    lateness_seconds: pool.latenessSeconds,
    late: pool.late,
    final_after_hours: pool.finalAfterHours,
    token_weights: pool.tokenWeights,
    devices: pool.devices,
    servers: pool.servers,
  };
}

/** Without the zeros that end it. */
function shortDecimal(amount: Money): string {
  return formatMoney(amount).replace(/\.?0+$/, '');
}
