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
  type Gateway,
  type GatewayOptions,
  startGateway,
  type StartGatewayError,
  type StartGatewayResult,
} from './gateway.ts';
export type { LogSink } from './gateway-log.ts';
