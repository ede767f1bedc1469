import { channel } from 'node:diagnostics_channel';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { WireInstrumentation } from '../src/index.ts';
const spanMode = process.argv[2] ?? 'bsp';
if (spanMode !== 'none') {
  const batch = new BatchSpanProcessor({
    exporter: {
      export: (_s: any, done: any) => done({ code: 0 }),
      forceFlush: async () => {},
      shutdown: async () => {},
    } as any,
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: spanMode === 'bsp' ? [batch] : [] }));
}
registerInstrumentations({ instrumentations: [new WireInstrumentation()] });
const usage = {
  prompt_tokens: 1200,
  completion_tokens: 200,
  total_tokens: 1400,
  prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};
const body = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-0123456789abcdef',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-5-mini-2025-08-07',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'The answer is forty-two. '.repeat(8),
          refusal: null,
          annotations: [],
        },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
    service_tier: 'default',
  }),
);
const ask = Buffer.from(
  JSON.stringify({
    model: 'gpt-5-mini',
    messages: [
      { role: 'system', content: 'You are a concise assistant. '.repeat(20) },
      { role: 'user', content: 'What is the answer to life, the universe and everything?' },
    ],
    temperature: 0.2,
  }),
);
const headers = [
  'content-type',
  'application/json',
  'content-length',
  String(body.length),
  'Date',
  'Sat, 21 Nov 2026 17:46:21 GMT',
  'Connection',
  'keep-alive',
  'Keep-Alive',
  'timeout=60',
].map((t) => Buffer.from(t));
class Request {
  method = 'POST';
  origin = 'http://127.0.0.1:8080';
  path = process.argv[3] === 'other' ? '/json/api/orders' : '/json/v1/chat/completions';
  onData() {
    /* bodyChunkReceived */
  }
  onBodySent() {
    /* bodyChunkSent */
  }
}
const ch = Object.fromEntries(
  ['create', 'bodyChunkSent', 'headers', 'bodyChunkReceived', 'trailers'].map((n) => [
    n,
    channel(`undici:request:${n}`),
  ]),
) as any;
function one() {
  const request = new Request();
  ch.create.publish({ request });
  ch.bodyChunkSent.publish({ request, chunk: ask });
  ch.headers.publish({ request, response: { statusCode: 200, headers, statusText: 'OK' } });
  ch.bodyChunkReceived.publish({ request, chunk: body });
  ch.trailers.publish({ request, trailers: [] });
}
const N = Number(process.argv[5] ?? 20);
const slices: number[] = [];
const R = Number(process.argv[4] ?? 400);
for (let s = 0; s < R; s++) {
  const cpu = process.hrtime.bigint();
  for (let i = 0; i < N; i++) one();
  slices.push(Number(process.hrtime.bigint() - cpu) / 1000 / N);
  await new Promise((r) => setImmediate(r));
}
const warm = slices.slice(R >> 1).toSorted((a, b) => a - b);
const early = slices.slice(0, 4);
console.log(
  `${spanMode} ${process.argv[3] ?? ''} first slices ${early.map((x) => x.toFixed(0))}; warm min ${warm[0]!.toFixed(2)} p10 ${warm[(warm.length / 10) | 0]!.toFixed(2)} p25 ${warm[warm.length >> 2]!.toFixed(2)} p50 ${warm[warm.length >> 1]!.toFixed(2)} µs per call`,
);
