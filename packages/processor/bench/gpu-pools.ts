/**
 * What GPU pools add to the processor's own time for a span: CPU time (user and system, all threads) of a
 * request with one span inside that nothing exports, without pools and with one. The order alternates; the figure is the median of
 * the rounds, the difference that of each round's own difference.
 */
import { type GpuPool, parseMoney } from '@costspan/cost-model';
import { type Attributes, context, trace, type Tracer } from '@opentelemetry/api';
import { type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { CostSpanProcessor } from '../src/index.ts';

const ROUNDS = 15;
const SPANS_PER_ROUND = 5000;
/** Requests that are open at the same time, each with a span inside. */
const OPEN_REQUESTS = 50;

const POOL: GpuPool = {
  name: 'chat',
  owner: undefined,
  match: { 'server.address': ['gpu-*.internal'], 'gen_ai.request.model': ['qwen3-32b'] },
  instance: undefined,
  gpus: 1,
  replicas: 1,
  replicaKeys: [],
  rates: [{ fromUnixNano: 0n, perHour: parseMoney('4')! }],
  method: 'time_share',
  basis: 'concurrency',
  capacity: 64,
  idle: 'separate',
  reserved: [],
  overhead: undefined,
  windowSeconds: 60,
  latenessSeconds: 900,
  late: 'reopen',
  finalAfterHours: 24,
  tokenWeights: { input: 1, cached: 0, output: 2 },
  devices: {},
  servers: {},
};

const HOSTED: Attributes = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.usage.input_tokens': 1200,
  'gen_ai.usage.output_tokens': 350,
  'server.address': 'api.openai.com',
};
const SERVED: Attributes = {
  ...HOSTED,
  'gen_ai.provider.name': 'vllm',
  'gen_ai.request.model': 'qwen3-32b',
  'server.address': 'gpu-1.internal',
};
const OTHER: Attributes = { 'http.request.method': 'GET', 'http.route': '/users/:id', 'server.port': 443 };

function tracerWith(pools: readonly GpuPool[]): Tracer {
  const spanProcessors = [new CostSpanProcessor({ pools }) as SpanProcessor];
  return new TracerProvider({ spanProcessors }).getTracer('bench');
}

/** Microseconds for each request with a span inside. */
function cpuMicros(tracer: Tracer, attributes: Attributes): number {
  globalThis.gc?.();
  const before = process.cpuUsage();
  for (let batch = 0; batch < SPANS_PER_ROUND / OPEN_REQUESTS; batch++) {
    const open = Array.from({ length: OPEN_REQUESTS }, () => {
      const request = tracer.startSpan('POST /ask');
      const inside = trace.setSpan(context.active(), request);
      return { request, span: tracer.startSpan('call', { attributes }, inside) };
    });
    for (const { request, span } of open) {
      span.end();
      request.end();
    }
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / SPANS_PER_ROUND;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function compare(name: string, attributes: Attributes): void {
  const without = tracerWith([]);
  const withPool = tracerWith([POOL]);
  const rounds: [without: number, withPool: number][] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const isTurned = round % 2 === 0;
    const first = cpuMicros(isTurned ? withPool : without, attributes);
    const second = cpuMicros(isTurned ? without : withPool, attributes);
    if (round >= 0) rounds.push(isTurned ? [second, first] : [first, second]);
  }
  const [base, pooled] = [median(rounds.map(([one]) => one)), median(rounds.map(([, other]) => other))];
  const added = median(rounds.map(([one, other]) => other - one));
  console.log(
    `  ${name.padEnd(26)}${base.toFixed(2).padStart(7)} µs${pooled.toFixed(2).padStart(9)} µs` +
      `${added.toFixed(2).padStart(9)} µs added`,
  );
}

console.log(`CPU time per request, ${ROUNDS} rounds of ${SPANS_PER_ROUND} requests, Node ${process.version}`);
console.log(`  ${''.padEnd(23)} no pools    one pool`);
compare('a call that it serves', SERVED);
compare('a call of a provider', HOSTED);
compare('any other span', OTHER);
