export { type AnthropicUsage, anthropicUsage } from './anthropic-usage.ts';
export type { Dialect } from './dialect.ts';
export { DIALECTS } from './dialects.ts';
export { CallDeduplicator } from './deduplication/call-deduplicator.ts';
export { isSameKind } from './deduplication/same-kind.ts';
export { canBeSameModel, type ModelNames } from './deduplication/same-model.ts';
export type {
  CallVerdict,
  DeduplicationWindow,
  DuplicateVerdict,
  SpanReport,
  VerdictChange,
} from './deduplication/span-report.ts';
export { disjointUsage, type DisjointUsage, type ReportedCounts } from './disjoint-usage.ts';
export { geminiCounts, geminiServiceTier } from './gemini-usage.ts';
export {
  durationNanos,
  durationSum,
  durationWithout,
  NANOS_PER_MILLI,
  NANOS_PER_SECOND,
} from './duration-nanos.ts';
export { fieldsOf, type JsonFields } from './json-fields.ts';
export { isModelServer, isProviderHost } from './is-model-server.ts';
export {
  announceLiveCall,
  LIVE_CALL_CONTEXT_KEY,
  type LiveCall,
  type LiveCallListener,
  liveCallListeners,
} from './live-calls.ts';
export { type LiveSpan, LiveSpanView } from './live-span-view.ts';
export { openAiCounts } from './openai-usage.ts';
export { providerAtHost, providerOfHost } from './provider-of-host.ts';
export { readBedrock } from './provider-metadata.ts';
export { readSpan } from './read-span.ts';
export { parentOfSpan, spanLineages } from './span-lineage.ts';
export { gatewayPaidCost, routedCost } from './reported-cost.ts';
export type { Aggregate, SpanReading } from './span-reading.ts';
export {
  type AttributeKeys,
  type SpanKindName,
  type SpanView,
  TEXT_CHARACTERS_MAX,
  type TextEdges,
} from './span-view.ts';
export { tokenCount } from './token-count.ts';
export { REPORTED_INSIDE_ATTRIBUTE, type WireReport, wireReportAttributes } from './wire-report.ts';
