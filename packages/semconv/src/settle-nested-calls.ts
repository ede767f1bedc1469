import { type NestedSettlement, settleNestedCall } from './settle-nested-call.ts';
import type { SpanReading } from './span-reading.ts';

/** One span of a batch, with what its dialect read. */
export interface BatchedSpan {
  readonly spanId: string;
  /** Empty for a root span. */
  readonly parentSpanId: string;
  readonly reading: SpanReading | undefined;
}

/**
 * Applies {@link settleNestedCall} to spans that arrive together in any order, children before parents.
 *
 * 1. Count for every span the children that are in the batch.
 * 2. Settle the spans without unsettled children; each takes one off its parent's count and hands it the
 *    billed call, so that the parent comes up once its last child is settled.
 * 3. Spans that point at each other in a circle never come up; they are settled alone.
 *
 * @returns One settlement for each span, in the order given.
 */
export function settleNestedCalls(spans: readonly BatchedSpan[]): NestedSettlement[] {
  const indexById = new Map<string, number>(spans.map((span, index) => [span.spanId, index]));
  const parentOf = spans.map(({ spanId, parentSpanId }) =>
    parentSpanId === '' || parentSpanId === spanId ? undefined : indexById.get(parentSpanId),
  );
  const unsettledChildren = spans.map(() => 0);
  for (const parent of parentOf)
    if (parent !== undefined) unsettledChildren[parent] = (unsettledChildren[parent] ?? 0) + 1;

  const billedInside = spans.map((): string | undefined => undefined);
  const settlements = spans.map((): NestedSettlement | undefined => undefined);
  const ready = spans.map((_span, index) => index).filter((index) => unsettledChildren[index] === 0);
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    const span = spans[next];
    if (span === undefined) continue;
    const settlement = settleNestedCall(span.reading, span.spanId, billedInside[next]);
    settlements[next] = settlement;
    const parent = parentOf[next];
    if (parent === undefined) continue;
    billedInside[parent] ??= settlement.billedSpanIdForParent;
    const left = (unsettledChildren[parent] ?? 0) - 1;
    unsettledChildren[parent] = left;
    if (left === 0) ready.push(parent);
  }
  return spans.map(
    (span, index) => settlements[index] ?? settleNestedCall(span.reading, span.spanId, undefined),
  );
}
