import { type LiveCall, type LiveCallListener, liveCallListeners } from '@costspan/semconv';
import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { matchRequest } from './match-request.ts';
import { TappedCall } from './tapped-call.ts';
import type { WireCall } from './wire-call.ts';

const VLLM = 'http://gpu-1.internal:8000/v1/chat/completions';

let heard: [event: string, call: LiveCall, model: string | undefined][] = [];
const listener: LiveCallListener = {
  running: (call) => void heard.push(['running', call, call.requestModel]),
  ended: (call) => void heard.push(['ended', call, call.requestModel]),
};

beforeEach(() => {
  heard = [];
  liveCallListeners().add(listener);
});
afterEach(() => {
  liveCallListeners().delete(listener);
});

function listen(url: string, { method = 'POST', context = ROOT_CONTEXT } = {}): [TappedCall, WireCall[]] {
  const { origin, pathname } = new URL(url);
  const matched = matchRequest({ method, origin, path: pathname }, []);
  if (matched === undefined) throw new Error('the request is expected to call a model');
  const finished: WireCall[] = [];
  const tap = new TappedCall(matched, context, {
    update: () => {},
    finish: (call) => void finished.push(call),
    failed: () => {},
    over: () => {},
  });
  return [tap, finished];
}

function events(): string[] {
  return heard.map(([event, , model = '-']) => `${event} ${model}`);
}

test('a call is told of when it is made, when it has named its model, and when it is over, as one', () => {
  const [tap, finished] = listen(VLLM);
  expect(events()).toEqual(['running -']);
  expect(heard[0]?.[1]).toMatchObject({
    operationName: 'chat',
    provider: 'openai',
    serverAddress: 'gpu-1.internal',
    serverPort: 8000,
    callerSpan: undefined,
  });
  tap.requestBody('{"model":"qwen3-32b"}');
  tap.responseHead(503, () => undefined);
  tap.end();
  expect(events()).toEqual(['running -', 'running qwen3-32b', 'ended qwen3-32b']);
  expect(new Set(heard.map(([, call]) => call))).toEqual(new Set([finished[0]?.live]));
});

test('it is over once, however it ends, and is not told of again', () => {
  const [tap] = listen(VLLM);
  tap.fail(new Error('reset'));
  tap.end();
  tap.requestBody('{"model":"qwen3-32b"}');
  expect(events()).toEqual(['running -', 'ended -']);
});

test('it is over where the listening to it fails', () => {
  const [tap] = listen(VLLM);
  tap.responseHead(200, () => {
    throw new Error('a header that cannot be read');
  });
  expect(events()).toEqual(['running -', 'ended -']);
});

test('where the path proves nothing, it is told of as soon as the request asks for a model', () => {
  const [search] = listen('http://search.internal/embeddings');
  search.requestBody('{"text":"x"}');
  search.end();
  expect(events()).toEqual([]);
  const [tap] = listen('http://gpu-1.internal:8000/embeddings');
  expect(events()).toEqual([]);
  tap.requestBody('{"model":"bge-m3","input":"x"}');
  tap.end();
  expect(events()).toEqual(['running bge-m3', 'ended bge-m3']);
});

test('what asks for an answer only, or is not traced, is not told of', () => {
  listen('https://api.openai.com/v1/responses/resp_1', { method: 'GET' })[0].end();
  const key = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
  listen(VLLM, { context: ROOT_CONTEXT.setValue(key, true) })[0].end();
  expect(events()).toEqual([]);
});

test('where nobody listens there is nothing to be told', () => {
  liveCallListeners().delete(listener);
  const [tap, finished] = listen(VLLM);
  tap.requestBody('{"model":"qwen3-32b"}');
  tap.end();
  expect(finished).toHaveLength(1);
  expect(finished[0]?.live).toBeUndefined();
});
