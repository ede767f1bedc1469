import { encodeRequest, type KeyValue, type Span } from './encode-request.ts';

/** Spans of a request, as an SDK's batch processor or a Collector sends them. */
export const SPANS_PER_REQUEST = 100;
const SPANS_PER_TRACE = 5;
/** The eight bytes that every trace id of a template begins with, and that are replaced by a number in each request. */
const TRACE_ID_START = Buffer.from('c05710a17e57ab1e', 'hex');

const text = (key: string, value: string): KeyValue => ({ key, value: { stringValue: value } });
const int = (key: string, value: number): KeyValue => ({ key, value: { intValue: String(value) } });

/** A model, and its rates in dollars for a million tokens. */
export interface BenchModel {
  readonly provider: string;
  readonly requestModel: string;
  readonly model: string;
}

export const BENCH_MODELS: readonly BenchModel[] = [
  { provider: 'openai', requestModel: 'gpt-5-mini', model: 'gpt-5-mini-2025-08-07' },
  { provider: 'openai', requestModel: 'gpt-4o', model: 'gpt-4o-2024-08-06' },
  { provider: 'anthropic', requestModel: 'claude-sonnet-4-5', model: 'claude-sonnet-4-5-20250929' },
  { provider: 'gcp.gemini', requestModel: 'gemini-2.5-flash', model: 'gemini-2.5-flash' },
];

const ANSWER = 'The order left the warehouse this morning and arrives on Thursday. '.repeat(6);

function modelCall(index: number): KeyValue[] {
  const { provider, requestModel, model } = BENCH_MODELS[index % BENCH_MODELS.length] as BenchModel;
  return [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', provider),
    text('gen_ai.request.model', requestModel),
    text('gen_ai.response.model', model),
    text('gen_ai.response.id', `chatcmpl-${String(index).padStart(20, '0')}`),
    int('gen_ai.request.max_tokens', 1000),
    int('gen_ai.usage.input_tokens', 1200 + index),
    int('gen_ai.usage.cache_read.input_tokens', 1024),
    int('gen_ai.usage.output_tokens', 350 + index),
    text('gen_ai.output.messages', ANSWER),
    text('server.address', 'api.example.com'),
    int('server.port', 443),
  ];
}

const OTHER: readonly KeyValue[] = [
  text('http.request.method', 'GET'),
  int('http.response.status_code', 200),
  text('http.route', '/users/:id'),
  text('url.path', '/users/42'),
  text('url.scheme', 'https'),
  text('server.address', 'shop.example.com'),
  int('server.port', 443),
  text('client.address', '203.0.113.9'),
  text('network.protocol.version', '1.1'),
  text('network.peer.address', '203.0.113.9'),
  int('network.peer.port', 52_110),
  text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)'),
];

/** One OTLP/protobuf request whose trace ids can be made new in place. */
export class TraceTemplate {
  readonly bytes: Buffer;
  readonly #idOffsets: readonly number[];

  /** @param modelCallShare Of the spans: 0 to 1. */
  constructor(modelCallShare: number) {
    const startUnixNano = BigInt(Date.now()) * 1_000_000n;
    const calls = Math.round(modelCallShare * SPANS_PER_REQUEST);
    const spans = Array.from({ length: SPANS_PER_REQUEST }, (_each, index): Span => {
      const trace = Math.floor(index / SPANS_PER_TRACE);
      // Spread evenly, so that every trace has its part.
      const isCall =
        Math.floor(((index + 1) * calls) / SPANS_PER_REQUEST) >
        Math.floor((index * calls) / SPANS_PER_REQUEST);
      const id = (position: number): string => `b7ad6b71${(0x10000000 + position).toString(16)}`;
      // Of model calls alone, the span of the user's request above them came with another batch.
      const root = modelCallShare === 1 ? SPANS_PER_REQUEST + trace : trace * SPANS_PER_TRACE;
      const parent = root === index ? undefined : root;
      const start = startUnixNano + BigInt(index) * 40_000_000n;
      return {
        traceId: `${TRACE_ID_START.toString('hex')}${(0x10000000 + trace).toString(16).padStart(16, '0')}`,
        spanId: id(index),
        ...(parent !== undefined && { parentSpanId: id(parent) }),
        name: isCall ? 'chat' : 'GET /users/:id',
        kind: isCall ? 3 : 2,
        startTimeUnixNano: String(start),
        endTimeUnixNano: String(start + 33_409_584n),
        attributes: isCall ? modelCall(index) : [...OTHER],
      };
    });
    const resource = [
      text('service.name', 'shop'),
      text('costspan.tenant', 'acme'),
      text('costspan.feature', 'chat'),
    ];
    const scope = { name: '@opentelemetry/instrumentation-openai', version: '0.7.0' };
    this.bytes = encodeRequest(resource, scope, spans);
    const offsets: number[] = [];
    for (
      let at = this.bytes.indexOf(TRACE_ID_START);
      at !== -1;
      at = this.bytes.indexOf(TRACE_ID_START, at + 1)
    ) {
      offsets.push(at);
    }
    this.#idOffsets = offsets;
  }

  /** A request of its own, with ids that no other has. */
  request(number: bigint): Buffer {
    const copy = Buffer.from(this.bytes);
    for (const offset of this.#idOffsets) copy.writeBigUInt64BE(number, offset);
    return copy;
  }
}
