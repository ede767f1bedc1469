import { CostSpanProcessor, type SdkSpan } from '@costspan/processor';
import {
  type Attributes,
  type Context,
  type HrTime,
  ROOT_CONTEXT,
  type Span as ApiSpan,
  trace,
} from '@opentelemetry/api';
import { type KeyValue, type Span, spansOf, type TraceRequestJson } from './otlp-messages.ts';

/** What became of a span: its status and the span that is billed for it. */
export type SpanBill = `${string} ${string}`;

/** OTLP counts span kinds from 1, the API from 0. */
const KIND_OFFSET = 1;

/**
 * Runs recorded spans through a processor as live ones: each starts at its time below its parent, and ends at its
 * time.
 *
 * @returns What the processor says of each span in the end, by span id.
 */
export function replay(request: TraceRequestJson): Map<string, SpanBill> {
  const processor = new CostSpanProcessor();
  const live = new Map<string, SdkSpan>();
  const contexts = new Map<string, Context>();
  for (const { span, moment } of momentsOf(request)) {
    if (moment === 'start') {
      const sdkSpan = sdkSpanOf(span, request);
      const parent = contexts.get(span.parentSpanId ?? '') ?? ROOT_CONTEXT;
      live.set(span.spanId, sdkSpan);
      contexts.set(span.spanId, trace.setSpan(parent, sdkSpan as unknown as ApiSpan));
      processor.onStart(sdkSpan, parent);
    } else {
      const sdkSpan = live.get(span.spanId);
      if (sdkSpan !== undefined) processor.onEnd(sdkSpan);
    }
  }
  return new Map([...live].map(([spanId, { attributes }]) => [spanId, billOf(attributes)]));
}

function billOf(attributes: Attributes): SpanBill {
  const { 'costspan.cost.status': status = 'none', 'costspan.cost.duplicate_of': billedSpanId = '' } =
    attributes as Readonly<Record<string, string | undefined>>;
  return `${status} ${billedSpanId}`;
}

/** Starts from the outside in and ends from the inside out, where times are equal. */
function momentsOf(request: TraceRequestJson): { readonly span: Span; readonly moment: 'start' | 'end' }[] {
  const spans = spansOf(request);
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const depthOf = (span: Span): number => {
    const parent = byId.get(span.parentSpanId ?? '');
    return parent === undefined || parent === span ? 0 : 1 + depthOf(parent);
  };
  const moments = spans.flatMap((span) => {
    const depth = depthOf(span);
    // A span starts before what is inside it, even where a clock that counts whole milliseconds says otherwise.
    return [
      { span, moment: 'start' as const, rank: 0, time: 0n, depth },
      { span, moment: 'end' as const, rank: 1, time: BigInt(span.endTimeUnixNano), depth: -depth },
    ];
  });
  return moments.sort((a, b) => a.rank - b.rank || Number(a.time - b.time) || a.depth - b.depth);
}

function sdkSpanOf(span: Span, request: TraceRequestJson): SdkSpan {
  const resource = request.resourceSpans?.find((each) =>
    each.scopeSpans?.some((scope) => scope.spans?.includes(span)),
  );
  const scope = resource?.scopeSpans?.find((each) => each.spans?.includes(span))?.scope;
  const { traceId, spanId, parentSpanId = '' } = span;
  return {
    name: span.name ?? '',
    kind: (span.kind ?? KIND_OFFSET) - KIND_OFFSET,
    attributes: attributesOf(span.attributes),
    status: { code: span.status?.code ?? 0 },
    startTime: hrTime(span.startTimeUnixNano),
    endTime: hrTime(span.endTimeUnixNano),
    instrumentationScope: { name: scope?.name ?? '', version: scope?.version ?? '' },
    resource: { attributes: attributesOf(resource?.resource?.attributes) },
    events: [],
    ...(parentSpanId !== '' && { parentSpanContext: { spanId: parentSpanId } }),
    spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
  };
}

function hrTime(unixNano: string): HrTime {
  const nano = BigInt(unixNano);
  return [Number(nano / 1_000_000_000n), Number(nano % 1_000_000_000n)];
}

function attributesOf(list: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, valueOf(value) as string]));
}

function valueOf(value: Record<string, unknown>): unknown {
  if ('intValue' in value) return Number(value['intValue']);
  if ('arrayValue' in value) {
    const { values = [] } = value['arrayValue'] as { values?: Record<string, unknown>[] };
    return values.map(valueOf);
  }
  return Object.values(value)[0];
}
