import type { UsageMissing } from '@costspan/cost-model';
import type { LiveCall } from '@costspan/semconv';
import type { Context } from '@opentelemetry/api';
import type { WireAnswer, WireFormat, WireRequest } from './wire-format.ts';

/** One attempt at a model call, as it was seen on the wire so far. */
export interface WireCall {
  readonly format: WireFormat;
  readonly request: WireRequest;
  /** True for a request for the answer of an earlier call. */
  readonly isRetrieval: boolean;
  /** The caller's context as the request was made. */
  readonly context: Context;
  /** Milliseconds since the epoch. */
  readonly startMillis: number;
  durationMillis: number;
  answer: WireAnswer;
  isStreamed: boolean;
  /** From the request to the first event of a stream. */
  firstChunkMillis: number | undefined;
  usageMissing: UsageMissing | undefined;
  errorType: string | undefined;
  /** What stands for the call with those who followed it while it ran; `undefined` where nobody did. */
  live: LiveCall | undefined;
}

export function requestModelOf({ request, answer }: WireCall): string | undefined {
  const { model } = request.bodyFields;
  if (typeof model === 'string' && model !== '') return model;
  return request.pathFields['model'] ?? answer.requestModel;
}
