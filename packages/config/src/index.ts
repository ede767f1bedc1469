export {
  type AttributionConfig,
  CONFIG_FILE_NAME,
  type CostspanConfig,
  type ForwardConfig,
  type ForwardTlsConfig,
  type GatewayAuthConfig,
  type GatewayConfig,
  type GatewayTimeoutsConfig,
  type GatewayTlsConfig,
  type ListenAddress,
  type MetricsConfig,
  type PricesConfig,
  type PriceUpdateConfig,
  type SamplingConfig,
  type StoreConfig,
} from './costspan-config.ts';
export { type ConfigError, type ConfigErrorCode, formatConfigErrors, type KeyPath } from './config-error.ts';
export { CONFIG_PATH_VARIABLE, type ConfigOverride, type Env } from './config-override.ts';
export { configJsonSchema } from './config-schema.ts';
export type { OverheadConfig } from './overhead-schema.ts';
export { formatEffectiveConfig } from './format-effective-config.ts';
export { formatListenAddress, parseListenAddress } from './listen-address.ts';
export { type OverlayFileResult, parsePriceOverlay } from './parse-price-overlay.ts';
export type { PriceOverlayFile } from './price-overlay-file.ts';
export { priceOverlayJsonSchema } from './price-overlay-schema.ts';
export {
  type GatewayScope,
  type GatewayToken,
  type GatewayTokensResult,
  parseGatewayTokens,
} from './parse-gateway-tokens.ts';
export { type HeadersFileResult, parseHeadersFile } from './parse-headers-file.ts';
export { type ConfigResult, defaultConfig, parseConfig, type ParseConfigOptions } from './parse-config.ts';
