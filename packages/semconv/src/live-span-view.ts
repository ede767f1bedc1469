import { type SpanKindName, type SpanView, TEXT_CHARACTERS_MAX, type TextEdges } from './span-view.ts';

/** What is read of a span of an OpenTelemetry SDK while it is in the process; SDK 1 to 3 all have it. */
export interface LiveSpan {
  readonly name: string;
  /** A value of the API's `SpanKind`. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number };
  readonly instrumentationScope: { readonly name: string; readonly version?: string };
  readonly resource: { readonly attributes: Readonly<Record<string, unknown>> };
}

const ERROR_STATUS_CODE = 2;

/** By the value of the API's `SpanKind`. */
const KIND_NAMES: readonly SpanKindName[] = ['internal', 'server', 'client', 'producer', 'consumer'];

/** A live span as the dialects read it. */
export class LiveSpanView implements SpanView {
  readonly name: string;
  readonly scopeName: string;
  readonly scopeVersion: string | undefined;
  readonly #span: LiveSpan;

  constructor(span: LiveSpan) {
    this.name = span.name;
    this.scopeName = span.instrumentationScope.name;
    this.scopeVersion = span.instrumentationScope.version;
    this.#span = span;
  }

  get failed(): boolean {
    return this.#span.status.code === ERROR_STATUS_CODE;
  }

  get kindName(): SpanKindName | undefined {
    return KIND_NAMES[this.#span.kind];
  }

  attribute(key: string): unknown {
    const value = this.#span.attributes[key];
    return typeof value === 'string' && value.length > TEXT_CHARACTERS_MAX ? undefined : value;
  }

  textEdges(key: string, characters: number): TextEdges | undefined {
    const value = this.#span.attributes[key];
    if (typeof value !== 'string') return undefined;
    return { head: value.slice(0, characters), tail: value.slice(-characters) };
  }

  resourceAttribute(key: string): unknown {
    return this.#span.resource.attributes[key];
  }
}
