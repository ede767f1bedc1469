import { ROOT_CONTEXT, trace, context } from '@opentelemetry/api';
import { createRequire } from 'node:module';
const req = createRequire('/work/main/packages/instrumentation/package.json');
const { TracerProvider, BatchSpanProcessor } = req('@opentelemetry/sdk-trace');
import { matchRequest } from '../src/match-request.ts';
import { TappedCall } from '../src/tapped-call.ts';
import { CallReporter } from '../src/call-reporter.ts';
const provider = new TracerProvider({ spanProcessors: [] });
const tracer = provider.getTracer('@costspan/instrumentation');
const reporter = new CallReporter(() => tracer);
const body = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-5-mini-2025-08-07',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'lorem ipsum '.repeat(40) },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 1200,
      completion_tokens: 350,
      total_tokens: 1550,
      prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 128,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    service_tier: 'default',
    system_fingerprint: 'fp_x',
  }),
);
const reqBody = Buffer.from(
  JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'lorem '.repeat(60) }] }),
);
const header = (n: string) => (n === 'content-type' ? 'application/json' : undefined);
const request = { method: 'POST', origin: 'https://api.openai.com', path: '/v1/chat/completions' };
function one(sink: any) {
  const matched = matchRequest(request, [])!;
  const tap = new TappedCall(matched, ROOT_CONTEXT, sink);
  tap.requestBody(reqBody);
  tap.responseHead(200, header);
  tap.responseBody(body);
  tap.end();
}
const full = { update: (c: any) => reporter.update(c), finish: (c: any) => reporter.finish(c), failed() {} };
const none = { update() {}, finish() {}, failed() {} };
function time(name: string, f: () => void, n = 60000) {
  for (let i = 0; i < n / 3; i++) f();
  const t = process.cpuUsage();
  for (let i = 0; i < n; i++) f();
  const u = process.cpuUsage(t);
  console.log(name, ((u.user + u.system) / n).toFixed(2), 'µs');
}
time('match', () => {
  matchRequest(request, []);
});
time('read only', () => one(none));
time('read + own span', () => one(full));
time('span alone', () => {
  tracer
    .startSpan(
      'chat x',
      { kind: 2, attributes: { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9, j: 10, k: 1, l: 1 } },
      ROOT_CONTEXT,
    )
    .end();
});
