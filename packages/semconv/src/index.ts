export type { Dialect } from './dialect.ts';
export { DIALECTS } from './dialects.ts';
export { CallDeduplicator } from './deduplication/call-deduplicator.ts';
export type {
  CallVerdict,
  DeduplicationWindow,
  DuplicateVerdict,
  SpanReport,
  VerdictChange,
} from './deduplication/span-report.ts';
export { readSpan } from './read-span.ts';
export type { Aggregate, SpanReading } from './span-reading.ts';
export { type SpanKindName, type SpanView, TEXT_CHARACTERS_MAX, type TextEdges } from './span-view.ts';
