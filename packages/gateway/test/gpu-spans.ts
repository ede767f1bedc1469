import type { GpuPool } from '@costspan/cost-model';
import { parseMoney } from '@costspan/cost-model';
import type { Span, TraceRequestJson } from './otlp-messages.ts';

/** Seconds since 2026-11-01T00:00Z, as nanoseconds since 1970. */
export function unixNano(seconds: number): bigint {
  return BigInt(Date.UTC(2026, 10, 1)) * 1_000_000n + BigInt(Math.round(seconds * 1e9));
}

/** One GPU at $3.60 an hour, which is $0.001 a second, in windows of a second that close two seconds later. */
export function testPool(changes: Partial<GpuPool> = {}): GpuPool {
  return {
    name: 'llama',
    owner: undefined,
    match: { 'service.name': ['vllm'] },
    instance: undefined,
    gpus: 1,
    replicas: 1,
    replicaKeys: ['service.instance.id'],
    rates: [{ fromUnixNano: unixNano(-86_400), perHour: parseMoney('3.6') ?? (0n as never) }],
    method: 'time_share',
    basis: 'concurrency',
    capacity: undefined,
    idle: 'separate',
    reserved: [],
    overhead: undefined,
    windowSeconds: 1,
    latenessSeconds: 2,
    late: 'reopen',
    finalAfterHours: 24,
    tokenWeights: { input: 1, cached: 0, output: 2 },
    devices: {},
    servers: {},
    ...changes,
  };
}

export interface ServedRequest {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly queue?: number;
  readonly traceState?: string;
}

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const int = (key: string, value: number) => ({ key, value: { intValue: String(value) } });
const double = (key: string, value: number) => ({ key, value: { doubleValue: value } });

function ids(id: number): { readonly traceId: string } {
  return { traceId: `a${id.toString(16).padStart(31, '0')}` };
}

/** What vLLM writes for a request. */
function serverSpan({ id, start, end, queue = 0, traceState }: ServedRequest): Span {
  const worked = end - start - queue;
  return {
    ...ids(id),
    spanId: `b${id.toString(16).padStart(15, '0')}`,
    parentSpanId: `c${id.toString(16).padStart(15, '0')}`,
    name: 'llm_request',
    kind: 2,
    startTimeUnixNano: String(unixNano(start)),
    endTimeUnixNano: String(unixNano(end)),
    ...(traceState !== undefined && { traceState }),
    attributes: [
      text('gen_ai.request.id', `chatcmpl-${id}`),
      int('gen_ai.usage.prompt_tokens', 100),
      int('gen_ai.usage.completion_tokens', 50),
      double('gen_ai.latency.time_in_queue', queue),
      double('gen_ai.latency.time_in_model_prefill', worked / 4),
      double('gen_ai.latency.time_in_model_decode', (worked * 3) / 4),
    ],
  };
}

/** What the client's instrumentation writes for the same request, which takes longer by the network. */
function clientSpan({ id, start, end }: ServedRequest, tenant: string): Span {
  return {
    ...ids(id),
    spanId: `c${id.toString(16).padStart(15, '0')}`,
    name: 'chat llama',
    kind: 3,
    startTimeUnixNano: String(unixNano(start - 0.05)),
    endTimeUnixNano: String(unixNano(end + 0.05)),
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'openai'),
      text('gen_ai.request.model', 'meta-llama/llama-3'),
      text('gen_ai.response.id', `chatcmpl-${id}`),
      int('gen_ai.usage.input_tokens', 100),
      int('gen_ai.usage.output_tokens', 50),
      text('tenant.id', tenant),
    ],
  };
}

export function serverRequest(...served: readonly ServedRequest[]): TraceRequestJson {
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'vllm'), text('service.instance.id', 'engine-1')] },
        scopeSpans: [{ scope: { name: 'vllm.llm_engine' }, spans: served.map(serverSpan) }],
      },
    ],
  };
}

export function clientRequest(tenant: string, ...served: readonly ServedRequest[]): TraceRequestJson {
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'shop')] },
        scopeSpans: [{ scope: { name: 'app' }, spans: served.map((each) => clientSpan(each, tenant)) }],
      },
    ],
  };
}
