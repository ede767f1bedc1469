import { type SpanKindName, type SpanView, TEXT_CHARACTERS_MAX, type TextEdges } from '@costspan/semconv';
import type { Attributes, HrTime, SpanStatus } from '@opentelemetry/api';

/**
 * What the processor uses of an SDK span. It is declared here because SDK 2.x and 3.x have the same shape in
 * packages of different names, and the processor works with either.
 */
export interface SdkSpan {
  readonly name: string;
  readonly kind: number;
  readonly attributes: Attributes;
  readonly status: SpanStatus;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly instrumentationScope: { readonly name: string; readonly version?: string };
  readonly resource: { readonly attributes: Attributes };
  readonly events: { name: string; time: HrTime; attributes?: Attributes }[];
  /** Of SDK 2 and later. */
  readonly parentSpanContext?: { readonly spanId: string };
  /** Of SDK 1. */
  readonly parentSpanId?: string;
  spanContext(): { readonly traceId: string; readonly spanId: string; readonly isRemote?: boolean };
}

/** The part of an SDK span that is there only until it has ended. */
export interface WritableSdkSpan extends SdkSpan {
  addEvent(name: string, attributes: Attributes): unknown;
}

const ERROR_STATUS_CODE = 2;

/** By the value of the API's `SpanKind`. */
const KIND_NAMES: readonly SpanKindName[] = ['internal', 'server', 'client', 'producer', 'consumer'];

/** A live SDK span as the dialects read it. */
export class SdkSpanView implements SpanView {
  readonly name: string;
  readonly scopeName: string;
  readonly scopeVersion: string | undefined;
  readonly #span: SdkSpan;

  constructor(span: SdkSpan) {
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
