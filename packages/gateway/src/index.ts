export {
  type EnrichedCall,
  type Enrichment,
  type EnrichmentSettings,
  enrichOtlp,
  type EnrichResult,
} from './enrich-request.ts';
export type { EnrichedRequest } from './measure-requests.ts';
export type { OtlpEncoding } from './otlp/trace-request.ts';
export {
  GATEWAY_FILE,
  type GatewayOptions,
  type GatewayStartError,
  type RunningGateway,
  startGateway,
  type StartResult,
} from './gateway.ts';
