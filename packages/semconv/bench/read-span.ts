/**
 * What it takes to tell what a span is to a bill, beside a plain copy of its attributes in the same run. Run it from the
 * root: `npx pnpm@11 exec node --conditions=@costspan/source packages/semconv/bench/read-span.ts`
 *
 * 1. The spans are live SDK ones: their attributes were set one by one on an object, which is what they are looked up in.
 * 2. A round reads spans of one kind, then copies their attributes; the order alternates, so that drift of the machine
 *    hits both. Rounds are shorter than a slice of CPU time, so that most run undisturbed.
 * 3. A figure is the median over the rounds; the ratio is that of the rounds' ratios.
 */
import { readSpan } from '../src/read-span.ts';
import type { SpanReading } from '../src/span-reading.ts';
import type { SpanView, TextEdges } from '../src/span-view.ts';

const ROUNDS = 401;
const SPANS_PER_ROUND = 1000;
const NOT_GEN_AI_TARGET_NANOS = 100;
const GEN_AI_TARGET_NANOS = 1500;

/** A live span as the processor shows it to the dialects. */
class LiveSpanView implements SpanView {
  readonly name = 'span';
  readonly kindName = 'client';
  readonly scopeVersion = '1.0.0';
  readonly failed = false;
  readonly scopeName: string;
  readonly attributes: Record<string, unknown> = {};

  constructor(scopeName: string, attributes: Readonly<Record<string, unknown>>) {
    this.scopeName = scopeName;
    for (const key in attributes) this.attributes[key] = attributes[key];
  }

  attribute(key: string): unknown {
    return this.attributes[key];
  }

  textEdges(key: string, characters: number): TextEdges | undefined {
    const value = this.attributes[key];
    if (typeof value !== 'string') return undefined;
    return { head: value.slice(0, characters), tail: value.slice(-characters) };
  }

  resourceAttribute(): undefined {
    return undefined;
  }
}

interface Case {
  readonly name: string;
  readonly kind: SpanReading['kind'] | undefined;
  readonly span: LiveSpanView;
}

const CASES: readonly Case[] = [
  {
    name: 'HTTP',
    kind: undefined,
    span: new LiveSpanView('@opentelemetry/instrumentation-undici', {
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'url.full': 'https://api.example.com/v1/orders?limit=10',
      'url.path': '/v1/orders',
      'url.query': 'limit=10',
      'url.scheme': 'https',
      'server.address': 'api.example.com',
      'server.port': 443,
      'user_agent.original': 'undici',
      'network.peer.address': '203.0.113.9',
      'network.peer.port': 443,
    }),
  },
  {
    name: 'database',
    kind: undefined,
    span: new LiveSpanView('@opentelemetry/instrumentation-pg', {
      'db.system.name': 'postgresql',
      'db.namespace': 'shop',
      'db.operation.name': 'SELECT',
      'db.query.text': 'SELECT id FROM orders WHERE customer_id = $1',
      'server.address': 'db.internal',
      'server.port': 5432,
    }),
  },
  {
    name: 'application',
    kind: undefined,
    span: new LiveSpanView('my-app', { 'order.id': 42, 'order.items': 3, 'customer.tier': 'gold' }),
  },
  {
    name: 'OpenTelemetry',
    kind: 'model_call',
    span: new LiveSpanView('my-app', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.request.max_tokens': 1000,
      'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
      'gen_ai.response.id': 'chatcmpl-0123456789abcdef',
      'gen_ai.usage.input_tokens': 1200,
      'gen_ai.usage.cache_read.input_tokens': 1024,
      'gen_ai.usage.output_tokens': 350,
      'gen_ai.usage.reasoning.output_tokens': 128,
      'server.address': 'api.openai.com',
      'server.port': 443,
    }),
  },
  {
    name: 'OpenInference',
    kind: 'model_call',
    span: new LiveSpanView('@arizeai/openinference-instrumentation-openai', {
      'openinference.span.kind': 'LLM',
      'llm.model_name': 'gpt-5-mini-2025-08-07',
      'llm.system': 'openai',
      'llm.provider': 'openai',
      'llm.invocation_parameters': '{"model":"gpt-5-mini"}',
      'input.value': '{"model":"gpt-5-mini","messages":[{"role":"user","content":"Say hello"}]}',
      'input.mime_type': 'application/json',
      'output.value': `{"id":"chatcmpl-0123456789abcdef","object":"chat.completion","created":1760000000,"model":"gpt-5-mini-2025-08-07","choices":[{"index":0,"message":{"role":"assistant","content":"${'Hello from mock. '.repeat(80)}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1200,"completion_tokens":350,"total_tokens":1550},"service_tier":"default"}`,
      'output.mime_type': 'application/json',
      'llm.token_count.prompt': 1200,
      'llm.token_count.completion': 350,
      'llm.token_count.total': 1550,
      'llm.token_count.prompt_details.cache_read': 1024,
      'llm.token_count.completion_details.reasoning': 128,
    }),
  },
  {
    name: 'AI SDK',
    kind: 'model_call',
    span: new LiveSpanView('gen_ai', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
      'gen_ai.response.id': 'chatcmpl-0123456789abcdef',
      'gen_ai.usage.input_tokens': 1200,
      'gen_ai.usage.cache_read.input_tokens': 1024,
      'gen_ai.usage.output_tokens': 350,
      'ai.usage.outputTokenDetails.reasoningTokens': 128,
    }),
  },
];

function nanosPerSpan(spans: number, work: () => unknown): number {
  let seen = 0;
  const started = process.hrtime.bigint();
  for (let index = 0; index < spans; index += 1) if (work() !== null) seen += 1;
  const nanos = Number(process.hrtime.bigint() - started);
  if (seen !== spans) throw new Error('the work was left out');
  return nanos / spans;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

interface Round {
  readonly read: number;
  readonly copy: number;
}

function measure({ span }: Case, spans: number, copyFirst: boolean): Round {
  const read = (): number => nanosPerSpan(spans, () => readSpan(span));
  const copy = (): number => nanosPerSpan(spans, () => ({ ...span.attributes }));
  if (!copyFirst) return { read: read(), copy: copy() };
  const copied = copy();
  return { read: read(), copy: copied };
}

for (const { name, kind, span } of CASES) {
  if (readSpan(span)?.kind !== kind) throw new Error(`${name} is not read as ${kind}`);
}
const rounds = new Map<Case, Round[]>(CASES.map((each) => [each, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [each, measured] of rounds) {
    const { read, copy } = measure(each, SPANS_PER_ROUND, round % 2 === 1);
    // The first rounds warm up.
    if (round > 100) measured.push({ read, copy });
  }
}

console.log('span            read       target   attribute copy   ratio');
for (const [{ name, kind }, measured] of rounds) {
  const read = median(measured.map((round) => round.read));
  const copy = median(measured.map((round) => round.copy));
  const ratio = median(measured.map((round) => round.read / round.copy));
  const target = kind === undefined ? NOT_GEN_AI_TARGET_NANOS : GEN_AI_TARGET_NANOS;
  console.log(
    `${name.padEnd(14)} ${read.toFixed(0).padStart(5)} ns   ${String(target).padStart(5)} ns   ` +
      `${copy.toFixed(0).padStart(10)} ns   ${ratio.toFixed(2).padStart(6)}`,
  );
}
