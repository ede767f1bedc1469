/**
 * Spans per second of adding attributes to OTLP protobuf, in one thread and on the same requests.
 *
 * 1. `protobufjs` decodes into objects, appends three attributes to each model-call span and encodes again.
 * 2. `in place` does the same work on the bytes. `enrich` does all of ours: every dialect, prices, records and
 *    the whole set of attributes.
 * 3. A round measures the three one after the other, in a changing order. Figures are medians over the rounds,
 *    ratios the medians of each round's own ratio to protobufjs.
 */
import { DEFAULT_ATTRIBUTION_KEYS } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import { enrichOtlp, type EnrichmentSettings } from '../src/enrich-request.ts';
import { ProtobufTraceRequest } from '../src/otlp/protobuf-trace-request.ts';
import type { OtlpAttribute } from '../src/otlp/trace-request.ts';
import { atOnce } from '../src/take-turns.ts';
import { appendWithProtobufjs, encodeProtobuf, type Span } from '../test/otlp-messages.ts';

const ROUNDS = 15;
const SPANS_PER_REQUEST = 100;
const ROUND_MILLIS = 200;

const settings: EnrichmentSettings = {
  priceBook: builtinPriceBook(),
  attribution: DEFAULT_ATTRIBUTION_KEYS,
  thresholds: [],
  emit: ['costspan'],
};

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const int = (key: string, value: number) => ({ key, value: { intValue: String(value) } });

const MODEL_CALL = [
  text('gen_ai.operation.name', 'chat'),
  text('gen_ai.provider.name', 'openai'),
  text('gen_ai.request.model', 'gpt-5-mini'),
  text('gen_ai.response.model', 'gpt-5-mini-2025-08-07'),
  text('gen_ai.response.id', 'chatcmpl-0123456789abcdef'),
  int('gen_ai.usage.input_tokens', 1200),
  int('gen_ai.usage.cache_read.input_tokens', 1024),
  int('gen_ai.usage.output_tokens', 350),
  int('gen_ai.usage.reasoning.output_tokens', 128),
  int('gen_ai.request.max_tokens', 1000),
  text('server.address', 'api.openai.com'),
  int('server.port', 443),
];

const HTTP = [
  text('http.request.method', 'GET'),
  int('http.response.status_code', 200),
  text('http.route', '/users/:id'),
  text('url.path', '/users/42'),
  text('url.scheme', 'https'),
  text('server.address', 'api.example.com'),
  int('server.port', 443),
  text('client.address', '203.0.113.9'),
  text('network.protocol.version', '1.1'),
  text('network.peer.address', '203.0.113.9'),
  int('network.peer.port', 52_110),
  text('user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64)'),
];

/** Traces of five spans each: a server span, and below it calls of the wanted kinds. */
function request(modelCallShare: number): Uint8Array {
  const spans = Array.from({ length: SPANS_PER_REQUEST }, (_each, index): Span => {
    const trace = Math.floor(index / 5);
    const modelCall = index % 5 !== 0 && index / SPANS_PER_REQUEST > 1 - modelCallShare * 1.25;
    return {
      traceId: `0af7651916cd43dd8448eb211c80${(0x1000 + trace).toString(16)}`,
      spanId: `00f067aa0ba9${(0x1000 + index).toString(16)}`,
      ...(index % 5 !== 0 && { parentSpanId: `00f067aa0ba9${(0x1000 + trace * 5).toString(16)}` }),
      name: modelCall ? 'chat gpt-5-mini' : 'GET /users/:id',
      kind: index % 5 === 0 ? 2 : 3,
      startTimeUnixNano: '1795217778368000000',
      endTimeUnixNano: '1795217778401409584',
      attributes: modelCall ? MODEL_CALL : HTTP,
    };
  });
  const resource = { attributes: [text('service.name', 'bench'), text('costspan.tenant', 'acme')] };
  return encodeProtobuf({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench' }, spans }] }] });
}

function spansPerSecond(run: () => unknown): number {
  let requests = 0;
  const start = performance.now();
  while (performance.now() - start < ROUND_MILLIS) {
    run();
    requests += 1;
  }
  return (requests * SPANS_PER_REQUEST * 1000) / (performance.now() - start);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The peer's work, on the bytes. */
function appendInPlace(bytes: Uint8Array): Uint8Array {
  const trace = atOnce(ProtobufTraceRequest.read(bytes));
  const additions = new Map<number, OtlpAttribute[]>();
  for (let index = 0; index < trace.spanCount; index++) {
    if (trace.span(index).attribute('gen_ai.operation.name') === undefined) continue;
    additions.set(index, [
      { key: 'costspan.cost.status', value: 'priced' },
      { key: 'costspan.cost.total', value: 0.0007696 },
      { key: 'costspan.cost.currency', value: 'USD' },
    ]);
  }
  return atOnce(trace.withAttributes(additions));
}

function enrich(bytes: Uint8Array): unknown {
  const result = enrichOtlp(bytes, 'protobuf', settings);
  return result.ok && result.enrichment.body();
}

function compare(name: string, modelCallShare: number): void {
  const bytes = request(modelCallShare);
  const contestants = [appendWithProtobufjs, appendInPlace, enrich];
  const rounds = Array.from({ length: ROUNDS + 2 }, (_each, round) => {
    const figures = [0, 0, 0];
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (round + turn) % contestants.length;
      figures[index] = spansPerSecond(() => contestants[index]?.(bytes));
    }
    return figures;
  }).slice(2);
  const figure = (index: number): string => {
    const thousands = Math.round(median(rounds.map((round) => round[index] ?? 0)) / 1000);
    const ratio = median(rounds.map((round) => (round[index] ?? 0) / (round[0] ?? 0)));
    return `${String(thousands).padStart(5)} k/s${index === 0 ? '' : ` (×${ratio.toFixed(1)})`}`;
  };
  const size = `${Math.round(bytes.length / SPANS_PER_REQUEST)} B/span`;
  console.log(
    `${name.padEnd(17)} ${size}   protobufjs ${figure(0)}   in place ${figure(1)}   enrich ${figure(2)}`,
  );
}

console.log(
  `Attributes into OTLP protobuf, spans per second, one thread, ${ROUNDS} rounds, Node ${process.version}`,
);
compare('no model calls', 0);
compare('20 % model calls', 0.2);
compare('80 % model calls', 0.8);
