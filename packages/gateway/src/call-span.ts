import type { RecordedSpan } from '@costspan/processor';
import type { OtlpSpan } from './otlp/trace-request.ts';
import { UnixTime } from './otlp/unix-time.ts';

/** What the record of a call needs of its span, without the request that brought it. */
export class CallSpan implements RecordedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  // Times take more as objects, and there are two for each call that is remembered.
  readonly #startHigh: number;
  readonly #startLow: number;
  readonly #endHigh: number;
  readonly #endLow: number;

  constructor(span: OtlpSpan) {
    this.traceId = span.traceId;
    this.spanId = span.spanId;
    [this.#startHigh, this.#startLow] = span.startTime.halves;
    [this.#endHigh, this.#endLow] = span.endTime.halves;
    this.service = resourceText(span, 'service.name');
    this.environment =
      resourceText(span, 'deployment.environment.name') ?? resourceText(span, 'deployment.environment');
  }

  get start(): UnixTime {
    return new UnixTime(this.#startHigh, this.#startLow);
  }

  get startTimeUnixNano(): string {
    return this.start.toString();
  }

  get endTimeUnixNano(): string {
    return new UnixTime(this.#endHigh, this.#endLow).toString();
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
