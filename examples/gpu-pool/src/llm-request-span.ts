import { randomBytes } from 'node:crypto';
import type { ServedSequence } from './batching-engine.ts';
import {
  countAttribute,
  decimalAttribute,
  type ResourceSpansJson,
  SPAN_KIND_SERVER,
  type SpanJson,
  textAttribute,
} from './otlp-json.ts';
import { wallClock } from './wall-clock.ts';

const NANOS_PER_SECOND = 1e9;

/** Who called, from the request's `traceparent`. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
}

export function parseTraceParent(header: string | undefined): TraceParent | undefined {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(header ?? '');
  return match === null ? undefined : { traceId: match[1] ?? '', spanId: match[2] ?? '' };
}

/**
 * The span that vLLM writes of a request when it is done: begun at its arrival, with the engine's times in seconds. It
 * does not name the model.
 *
 * @see https://github.com/vllm-project/vllm/blob/main/vllm/v1/engine/output_processor.py `do_tracing`
 */
export function llmRequestSpan(served: ServedSequence, parent: TraceParent | undefined): SpanJson {
  const { arrivalUnixNano, scheduledUnixNano, firstTokenUnixNano, lastTokenUnixNano } = served;
  return {
    traceId: parent?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    ...(parent && { parentSpanId: parent.spanId }),
    name: 'llm_request',
    kind: SPAN_KIND_SERVER,
    startTimeUnixNano: String(arrivalUnixNano),
    endTimeUnixNano: String(wallClock.nowUnixNano()),
    attributes: [
      seconds('gen_ai.latency.time_to_first_token', firstTokenUnixNano - arrivalUnixNano),
      seconds('gen_ai.latency.e2e', lastTokenUnixNano - arrivalUnixNano),
      seconds('gen_ai.latency.time_in_queue', scheduledUnixNano - arrivalUnixNano),
      seconds('gen_ai.latency.time_in_model_prefill', firstTokenUnixNano - scheduledUnixNano),
      seconds('gen_ai.latency.time_in_model_decode', lastTokenUnixNano - firstTokenUnixNano),
      seconds('gen_ai.latency.time_in_model_inference', lastTokenUnixNano - scheduledUnixNano),
      countAttribute('gen_ai.usage.prompt_tokens', served.promptTokens),
      countAttribute('gen_ai.usage.completion_tokens', served.outputTokens),
      textAttribute('gen_ai.request.id', served.id),
      textAttribute('gen_ai.response.finish_reasons', '["length"]'),
    ],
  };
}

function seconds(key: string, nanos: bigint): ReturnType<typeof decimalAttribute> {
  return decimalAttribute(key, Number(nanos) / NANOS_PER_SECOND);
}

/**
 * The spans of one engine as they are exported. Its own tracing names the module and the process; what the operator
 * sets through `OTEL_RESOURCE_ATTRIBUTES` comes on top.
 */
export function engineSpans(
  resource: Readonly<Record<string, string>>,
  spans: readonly SpanJson[],
): ResourceSpansJson {
  const own = { 'vllm.instrumenting_module_name': 'vllm.llm_engine', 'vllm.process_id': String(process.pid) };
  return {
    resource: {
      attributes: Object.entries({ ...resource, ...own }).map(([key, value]) => textAttribute(key, value)),
    },
    scopeSpans: [{ scope: { name: 'vllm.tracing.otel' }, spans }],
  };
}
