import type { LiveSpan } from '@costspan/semconv';
import type { Attributes, HrTime } from '@opentelemetry/api';

/**
 * What the processor uses of an SDK span. It is declared here because SDK 2.x and 3.x have the same shape in
 * packages of different names, and the processor works with either.
 */
export interface SdkSpan extends LiveSpan {
  readonly attributes: Attributes;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
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
