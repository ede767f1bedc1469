import { readFileSync } from 'node:fs';
import type { SpanView } from '../src/span-view.ts';

/** A span of a recorded OTLP/JSON request, as the dialects see it. */
export interface RecordedSpanView extends SpanView {
  readonly spanId: string;
  readonly parentSpanId: string;
}

type AnyValue = Record<string, unknown> & { arrayValue?: { values?: AnyValue[] } };

function valueOf(value: AnyValue): unknown {
  if ('intValue' in value) return Number(value['intValue']);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(valueOf);
  return Object.values(value)[0];
}

export function recordedSpans(file: URL): RecordedSpanView[] {
  const request = JSON.parse(readFileSync(file, 'utf8'));
  const spans: RecordedSpanView[] = [];
  for (const resource of request.resourceSpans ?? []) {
    for (const scope of resource.scopeSpans ?? []) {
      for (const span of scope.spans ?? []) {
        const attributes = new Map<string, unknown>(
          (span.attributes ?? []).map((each: { key: string; value: AnyValue }) => [
            each.key,
            valueOf(each.value),
          ]),
        );
        spans.push({
          name: span.name,
          scopeName: scope.scope?.name ?? '',
          scopeVersion: scope.scope?.version,
          failed: span.status?.code === 2,
          attribute: (key) => attributes.get(key),
          spanId: span.spanId,
          parentSpanId: span.parentSpanId ?? '',
        });
      }
    }
  }
  return spans;
}
