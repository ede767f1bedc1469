/** A chat service in one of the modes. The benchmark forks one for each, and has it work when it is its turn. */
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { type Instrumentation, registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { OpenAI } from 'openai';
import {
  ABANDONED_AT_ONCE,
  EVENTS_PER_STREAM,
  type Measurement,
  type MemoryMeasurement,
  type Mode,
  type Order,
  type SwitchMeasurement,
  type Workload,
} from './measurement.ts';

const [mode, clientPackage, origin] = process.argv.slice(2) as [Mode, 'openai' | 'openai-6', string];
const require = createRequire(import.meta.url);

const spans = { started: 0, ended: 0 };
const counter: SpanProcessor = {
  onStart: () => void (spans.started += 1),
  onEnd: () => void (spans.ended += 1),
  forceFlush: async () => {},
  shutdown: async () => {},
};
const batch = new BatchSpanProcessor({
  exporter: {
    export: (_spans, done) => done({ code: 0 }),
    forceFlush: async () => {},
    shutdown: async () => {},
  },
});

/** The same set-up for all but `none`: a batch processor, and an exporter that drops everything. */
function startTracing(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [counter, batch] }));
}

let tap: Instrumentation | undefined;

async function startInstrumentation(openai: { OpenAI: typeof OpenAI }): Promise<void> {
  if (mode === 'openinference') {
    const { OpenAIInstrumentation } = await import('@arizeai/openinference-instrumentation-openai');
    const instrumentation = new OpenAIInstrumentation();
    registerInstrumentations({ instrumentations: [instrumentation] });
    instrumentation.manuallyInstrument(openai as Parameters<typeof instrumentation.manuallyInstrument>[0]);
  } else if (mode === 'openllmetry') {
    const { OpenAIInstrumentation } = await import('@traceloop/instrumentation-openai');
    const instrumentation = new OpenAIInstrumentation();
    registerInstrumentations({ instrumentations: [instrumentation] });
    instrumentation.manuallyInstrument(openai.OpenAI);
  } else if (mode === 'tap') {
    const { WireInstrumentation } = await import('../src/index.ts');
    tap = new WireInstrumentation();
    registerInstrumentations({ instrumentations: [tap] });
  }
}

const openai = (clientPackage === 'openai' ? require('openai') : require('openai-6')) as {
  OpenAI: typeof OpenAI;
};
if (!mode.startsWith('none')) {
  startTracing();
  await startInstrumentation(openai);
}

const MESSAGES = [
  { role: 'system', content: 'You are a concise assistant. '.repeat(20) },
  { role: 'user', content: 'What is the answer to life, the universe and everything?' },
] as const;
const ASK = { model: 'gpt-5-mini', messages: [...MESSAGES], temperature: 0.2 };
const STREAM = { ...ASK, stream: true, stream_options: { include_usage: true } } as const;

const clients = new Map<string, OpenAI>();
function client(route: string): OpenAI {
  const known = clients.get(route);
  if (known) return known;
  const created = new openai.OpenAI({ apiKey: 'test', baseURL: `${origin}/${route}/v1`, maxRetries: 0 });
  clients.set(route, created);
  return created;
}

/** One call; the time of its first event, where it streams. */
async function call({ route, client: kind }: Workload): Promise<number> {
  if (kind !== 'openai') {
    const path = kind === 'fetch' ? '/v1/chat/completions' : '/api/orders';
    const body = JSON.stringify(ASK);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${origin}/${route}${path}`, { method: 'POST', headers, body });
    await response.json();
    return Number.NaN;
  }
  if (route === 'json') {
    const answer = await client(route).chat.completions.create(ASK);
    if (answer.usage?.prompt_tokens !== 1200) throw new Error('The answer is not what was sent.');
    return Number.NaN;
  }
  let first = Number.NaN;
  let events = 0;
  for await (const _event of await client(route).chat.completions.create(STREAM)) {
    if (events++ === 0) first = performance.now();
  }
  if (events !== EVENTS_PER_STREAM + 2) throw new Error(`Of the stream's events ${events} arrived.`);
  return first;
}

async function measure(workload: Workload, isFlushed: boolean = true): Promise<Measurement> {
  const firstMillis: number[] = [];
  const totalMillis: number[] = [];
  let left = workload.calls;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const start = performance.now();
      const first = await call(workload);
      totalMillis.push(performance.now() - start);
      if (!Number.isNaN(first)) firstMillis.push(first - start);
    }
  };
  const spansBefore = spans.started;
  const start = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: workload.concurrency }, work));
  if (isFlushed) await batch.forceFlush();
  const { user, system } = process.cpuUsage(cpu);
  const wallMillis = performance.now() - start;
  return {
    cpuMicros: user + system,
    wallMillis,
    firstMillis,
    totalMillis,
    spansStarted: spans.started - spansBefore,
  };
}

async function switchTap(workload: Workload, turns: number): Promise<SwitchMeasurement> {
  const micros: { off: number[]; on: number[] } = { off: [], on: [] };
  for (let turn = 0; turn < 2 * turns; turn++) {
    const isOn = turn % 4 === 1 || turn % 4 === 2;
    if (isOn) tap?.enable();
    else tap?.disable();
    await call(workload);
    const { cpuMicros } = await measure(workload, false);
    micros[isOn ? 'on' : 'off'].push(cpuMicros / workload.calls);
  }
  tap?.enable();
  await batch.forceFlush();
  return micros;
}

function bytesInUse(): number {
  // The second one waits for the first one's array buffers, which are freed on another thread.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Lets finalizers run and sockets close. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    globalThis.gc?.();
    await delay(20);
  }
  await batch.forceFlush();
}

function memory(before: number, peak: number, spansStarted: number): MemoryMeasurement {
  const spansOpen = spans.started - spans.ended;
  return { before, peak, after: bytesInUse(), spansStarted, spansOpen, unhandledRejections };
}

async function readLargeStream(): Promise<MemoryMeasurement> {
  const read = async (onEvent: (events: number) => void): Promise<void> => {
    let events = 0;
    for await (const _event of await client('large').chat.completions.create(STREAM)) onEvent(++events);
  };
  await read(() => {});
  await settle();
  const before = bytesInUse();
  const started = spans.started;
  let peak = before;
  await read((events) => {
    if (events % 256 === 0) peak = Math.max(peak, bytesInUse());
  });
  await settle();
  return memory(before, peak, spans.started - started);
}

const ABANDON: readonly (() => Promise<void>)[] = [
  async function leaveTheLoop() {
    for await (const _event of await client('unread').chat.completions.create(STREAM)) break;
  },
  async function abort() {
    const controller = new AbortController();
    const stream = await client('unread').chat.completions.create(STREAM, { signal: controller.signal });
    controller.abort();
    void stream;
  },
  async function neverRead() {
    await client('unread').chat.completions.create(STREAM);
  },
];

async function abandon(calls: number): Promise<MemoryMeasurement> {
  const abandonSome = async (count: number): Promise<number> => {
    let peak = 0;
    for (let done = 0; done < count; done += ABANDONED_AT_ONCE) {
      await Promise.all(
        Array.from({ length: ABANDONED_AT_ONCE }, (_each, index) => ABANDON[index % ABANDON.length]?.()),
      );
      globalThis.gc?.();
      await delay(5);
      await batch.forceFlush();
      peak = Math.max(peak, bytesInUse());
    }
    await settle();
    return peak;
  };
  await abandonSome(300);
  const before = bytesInUse();
  const { started } = spans;
  const peak = await abandonSome(calls);
  return memory(before, peak, spans.started - started);
}

function perform(order: Order): Promise<Measurement | SwitchMeasurement | MemoryMeasurement> {
  switch (order.kind) {
    case 'measure':
      return measure(order.workload);
    case 'switch':
      return switchTap(order.workload, order.turns);
    case 'large stream':
      return readLargeStream();
    case 'abandon':
      return abandon(order.calls);
  }
}

let unhandledRejections = 0;
process.on('unhandledRejection', () => void (unhandledRejections += 1));
process.on('message', (order: Order) => {
  perform(order).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
