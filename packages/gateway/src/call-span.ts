import type { RecordedSpan } from '@costspan/processor';
import type { OtlpSpan } from './otlp/trace-request.ts';
import type { UnixTime } from './otlp/unix-time.ts';

/** What the record of a call needs of its span, without the request that brought it. */
export class CallSpan implements RecordedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly start: UnixTime;
  readonly end: UnixTime;
  readonly service: string | undefined;
  readonly environment: string | undefined;

  constructor(span: OtlpSpan) {
    this.traceId = span.traceId;
    this.spanId = span.spanId;
    this.start = span.startTime;
    this.end = span.endTime;
    this.service = resourceText(span, 'service.name');
    this.environment =
      resourceText(span, 'deployment.environment.name') ?? resourceText(span, 'deployment.environment');
  }

  get startTimeUnixNano(): string {
    return this.start.toString();
  }

  get endTimeUnixNano(): string {
    return this.end.toString();
  }
}

/** When a call started, in whole milliseconds since 1970. */
export function startMillisOf(span: RecordedSpan): number {
  return span instanceof CallSpan ? span.start.wholeMillis : Number(span.startTimeUnixNano.slice(0, -6));
}

function resourceText(span: OtlpSpan, key: string): string | undefined {
  const value = span.resourceAttribute(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
