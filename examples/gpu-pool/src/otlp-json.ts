/** The parts of a trace request in OTLP/JSON that the example reads and writes. */
export interface TraceRequestJson {
  readonly resourceSpans: readonly ResourceSpansJson[];
}

export interface ResourceSpansJson {
  readonly resource?: { readonly attributes?: readonly AttributeJson[] };
  readonly scopeSpans: readonly {
    readonly scope?: { readonly name: string; readonly version?: string };
    readonly spans: readonly SpanJson[];
  }[];
}

export interface SpanJson {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly AttributeJson[];
}

export interface AttributeJson {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** OTLP's number for the side that serves. */
export const SPAN_KIND_SERVER = 2;

export function textAttribute(key: string, value: string): AttributeJson {
  return { key, value: { stringValue: value } };
}

/** Whole numbers are text in OTLP/JSON, because they have 64 bits. */
export function countAttribute(key: string, value: number): AttributeJson {
  return { key, value: { intValue: String(value) } };
}

export function decimalAttribute(key: string, value: number): AttributeJson {
  return { key, value: { doubleValue: value } };
}

/** The value of an attribute, whatever its type; `undefined` without one. */
export function attributeOf(span: SpanJson, key: string): unknown {
  const value = span.attributes.find((each) => each.key === key)?.value;
  return value === undefined ? undefined : Object.values(value)[0];
}
