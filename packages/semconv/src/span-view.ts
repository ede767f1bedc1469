/** `SpanKind` of OpenTelemetry. */
export type SpanKindName = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/**
 * What the dialects read of a span, wherever it comes from: a live SDK span, an OTLP message in JSON, or the
 * bytes of a protobuf one. Attributes are looked up one by one, so that a lazy view decodes only what is asked for.
 */
export interface SpanView {
  readonly name: string;
  /** `undefined` when it is not stated. */
  readonly kindName: SpanKindName | undefined;
  readonly scopeName: string;
  readonly scopeVersion: string | undefined;
  /** True when the span's status is an error. */
  readonly failed: boolean;
  /** The attribute's value as JavaScript has it (string, number, boolean, array), or `undefined`. */
  attribute(key: string): unknown;
  /** An attribute of the resource: the process that wrote the span. */
  resourceAttribute(key: string): unknown;
}
