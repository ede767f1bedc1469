/** `SpanKind` of OpenTelemetry. */
export type SpanKindName = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** Longest text of an attribute that is read as a whole; what is longer is content. */
export const TEXT_CHARACTERS_MAX: number = 64 * 1024;

/** A text attribute's beginning and end, which overlap or are the same where it is short. */
export interface TextEdges {
  readonly head: string;
  readonly tail: string;
}

/** Which attributes a span has. */
export interface AttributeKeys {
  has(key: string): boolean;
}

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
  /** The same object on every span that has the same keys, so that what follows from them is found out once. */
  readonly keys?: AttributeKeys | undefined;
  /**
   * The attribute's value as JavaScript has it (string, number, boolean, array), or `undefined`, as for a text of more
   * than {@link TEXT_CHARACTERS_MAX}.
   */
  attribute(key: string): unknown;
  /** As many characters from either end of a text attribute of any length. */
  textEdges(key: string, characters: number): TextEdges | undefined;
  /** An attribute of the resource: the process that wrote the span. */
  resourceAttribute(key: string): unknown;
}
