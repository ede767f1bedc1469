export type { Dialect } from './dialect.ts';
export { type NestedSettlement, settleNestedCall } from './settle-nested-call.ts';
export { type BatchedSpan, settleNestedCalls } from './settle-nested-calls.ts';
export { DIALECTS, readSpan } from './read-span.ts';
export type { SpanReading } from './span-reading.ts';
export type { SpanView } from './span-view.ts';
