export type { GatewayCalls } from './gateway-call.ts';
export {
  type CallHistory,
  type EnrichedCall,
  type Enrichment,
  type EnrichmentSettings,
  enrichOtlp,
  type EnrichResult,
  observeOtlp,
  openCallHistory,
} from './enrich-request.ts';
export type { SpanExplanation } from './explain-spans.ts';
export { GpuPricing } from './gpu/gpu-pricing.ts';
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
export { checkGatewaySecurity } from './security/gateway-security.ts';
