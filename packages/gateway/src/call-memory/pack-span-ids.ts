/** Who a span is and what is around it, in lower-case hex; the parent of a root span is empty. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
}

const NO_PARENT = '0'.repeat(16);
const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;
const COUNT_DIGITS = 4;
const RUN_MAX = 0xffff;

/**
 * Packs the ids of spans into base64, in order, at 22 to 46 characters each.
 *
 * Spans of one trace that follow on each other are a run: the trace in 16 bytes, their number in 2, and for each of
 * them itself and its parent in 8 bytes each, the parent of a root span being zeros, which are no valid id.
 */
export function packSpanIds(spans: readonly SpanIds[]): string {
  let packed = '';
  for (let start = 0; start < spans.length;) {
    const traceId = spans[start]?.traceId ?? '';
    let run = '';
    let end = start;
    for (; end < spans.length && end - start < RUN_MAX; end++) {
      const span = spans[end];
      if (span?.traceId !== traceId) break;
      run += span.spanId + (span.parentSpanId === '' ? NO_PARENT : span.parentSpanId);
    }
    packed += traceId + (end - start).toString(16).padStart(COUNT_DIGITS, '0') + run;
    start = end;
  }
  return Buffer.from(packed, 'hex').toString('base64');
}

/** @returns `undefined` when the text was not packed by {@link packSpanIds}. */
export function unpackSpanIds(text: string): SpanIds[] | undefined {
  const packed = Buffer.from(text, 'base64').toString('hex');
  const spans: SpanIds[] = [];
  let at = 0;
  const digits = (count: number): string => packed.slice(at, (at += count));
  while (at < packed.length) {
    const traceId = digits(TRACE_DIGITS);
    const count = Number.parseInt(digits(COUNT_DIGITS), 16);
    if (!(count > 0 && at + count * 2 * SPAN_DIGITS <= packed.length)) return undefined;
    for (let each = 0; each < count; each++) {
      const spanId = digits(SPAN_DIGITS);
      const parentSpanId = digits(SPAN_DIGITS);
      spans.push({ traceId, spanId, parentSpanId: parentSpanId === NO_PARENT ? '' : parentSpanId });
    }
  }
  return spans;
}
