import { readFileSync } from 'node:fs';
import { textEdges } from './span-view-fixture.ts';
import type { SpanKindName, SpanView } from '../src/span-view.ts';

/** A span of a recorded OTLP/JSON request, as the dialects see it. */
export interface RecordedSpanView extends SpanView {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startMillis: number;
  readonly endMillis: number;
}

/** By the value of `Span.SpanKind`. */
const KIND_NAMES: readonly (SpanKindName | undefined)[] = [
  undefined,
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];

type AnyValue = Record<string, unknown> & { arrayValue?: { values?: AnyValue[] } };

function valueOf(value: AnyValue): unknown {
  if ('intValue' in value) return Number(value['intValue']);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(valueOf);
  return Object.values(value)[0];
}

function attributesOf(list: readonly { key: string; value: AnyValue }[] = []): Map<string, unknown> {
  return new Map(list.map(({ key, value }) => [key, valueOf(value)]));
}

export function recordedSpans(file: URL): RecordedSpanView[] {
  const request = JSON.parse(readFileSync(file, 'utf8'));
  const spans: RecordedSpanView[] = [];
  for (const resource of request.resourceSpans ?? []) {
    const resourceAttributes = attributesOf(resource.resource?.attributes);
    for (const scope of resource.scopeSpans ?? []) {
      for (const span of scope.spans ?? []) {
        const attributes = attributesOf(span.attributes);
        spans.push({
          name: span.name,
          kindName: KIND_NAMES[span.kind],
          scopeName: scope.scope?.name ?? '',
          scopeVersion: scope.scope?.version,
          failed: span.status?.code === 2,
          attribute: (key) => attributes.get(key),
          textEdges: (key, characters) => textEdges(attributes.get(key), characters),
          resourceAttribute: (key) => resourceAttributes.get(key),
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId ?? '',
          startMillis: Number(span.startTimeUnixNano) / 1e6,
          endMillis: Number(span.endTimeUnixNano) / 1e6,
        });
      }
    }
  }
  return spans;
}
