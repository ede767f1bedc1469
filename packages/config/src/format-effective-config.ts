import { formatMoney } from '@costspan/cost-model';
import { stringify } from 'yaml';
import type { CostspanConfig } from './costspan-config.ts';
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
      request_cost: formatMoney(requestCost).replace(/\.?0+$/, ''),
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
    gateway: {
      listen: formatListenAddress(gateway.listen),
      forward: gateway.forward,
      body_bytes_max: gateway.bodyBytesMax,
    },
    store: { kind: store.kind, path: store.path },
  });
}
