import { gzipSync } from 'node:zlib';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import type { TapFailure } from './call-tap.ts';
import { matchRequest } from './match-request.ts';
import { TappedCall } from './tapped-call.ts';
import type { WireCall } from './wire-call.ts';

interface Told {
  readonly tap: TappedCall;
  readonly updates: WireCall[];
  readonly finished: WireCall[];
  readonly failures: TapFailure[];
}

function listen(url: string, method = 'POST'): Told {
  const { origin, pathname } = new URL(url);
  const matched = matchRequest({ method, origin, path: pathname }, []);
  if (matched === undefined) throw new Error('the request is expected to call a model');
  const updates: WireCall[] = [];
  const finished: WireCall[] = [];
  const failures: TapFailure[] = [];
  const tap = new TappedCall(matched, ROOT_CONTEXT, {
    update: (call) => void updates.push(call),
    finish: (call) => void finished.push(call),
    failed: (failure) => void failures.push(failure),
    over: () => {},
  });
  return { tap, updates, finished, failures };
}

function headers(contentType: string, contentEncoding?: string): (name: string) => string | undefined {
  return (name) =>
    name === 'content-type' ? contentType : name === 'content-encoding' ? contentEncoding : undefined;
}

const CHAT = 'https://api.openai.com/v1/chat/completions';
const MESSAGES = 'https://api.anthropic.com/v1/messages';
const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-5-mini-2025-08-07',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'CANARY' } }],
  usage: { prompt_tokens: 1200, completion_tokens: 350, prompt_tokens_details: { cached_tokens: 1024 } },
};

function events(...documents: object[]): Buffer {
  return Buffer.from(documents.map((document) => `data: ${JSON.stringify(document)}\n\n`).join(''));
}

const CHUNK = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'gpt-5-mini-2025-08-07',
  choices: [{ index: 0, delta: { content: 'CANARY' }, finish_reason: null }],
};
const USAGE_CHUNK = { ...CHUNK, choices: [], usage: COMPLETION.usage };

test('a document is read, compressed, with the model that was asked for', () => {
  const { tap, updates, finished } = listen(CHAT);
  tap.requestBody('{"messages":[{"role":"user","content":"{\\"model\\":\\"no\\"}"}],"model":"gpt-5-mini"}');
  tap.responseHead(200, headers('application/json', 'gzip'));
  for (const byte of gzipSync(JSON.stringify(COMPLETION))) tap.responseBody(Uint8Array.of(byte));
  tap.end();
  expect(updates).toHaveLength(1);
  expect(finished).toHaveLength(1);
  expect(finished[0]).toMatchObject({
    isStreamed: false,
    errorType: undefined,
    usageMissing: undefined,
    request: { bodyFields: { model: 'gpt-5-mini' } },
    answer: { usage: { input: 176, cacheRead: 1024, output: 350 }, responseId: 'chatcmpl-1' },
  });
  expect(JSON.stringify(finished)).not.toContain('CANARY');
});

test('the usage of a stream is told as it passes, before the stream ends', () => {
  const { tap, updates, finished } = listen(CHAT);
  tap.responseHead(200, headers('text/event-stream'));
  tap.responseBody(events(CHUNK));
  expect(updates).toHaveLength(0);
  tap.responseBody(events(USAGE_CHUNK));
  expect(updates).toHaveLength(1);
  expect(finished).toHaveLength(0);
  tap.fail(Object.assign(new Error('aborted'), { name: 'AbortError' }));
  expect(finished[0]).toMatchObject({ isStreamed: true, errorType: undefined, usageMissing: undefined });
  expect(finished[0]?.firstChunkMillis).toBeGreaterThanOrEqual(0);
});

test('a stream that was not asked for usage says so', () => {
  const { tap, finished } = listen(CHAT);
  tap.responseHead(200, headers('text/event-stream'));
  tap.responseBody(events(CHUNK));
  tap.end();
  expect(finished[0]).toMatchObject({ usageMissing: 'stream_usage_not_requested', errorType: undefined });
});

test.each([
  ['without usage', {}, 'stream_usage_not_requested'],
  ['with usage', { stream_options: { include_usage: true } }, 'stream_ended_early'],
])('an SDK hangs up after the last event of a stream that was asked for %s', (_, options, usageMissing) => {
  const { tap, finished } = listen(CHAT);
  tap.requestBody(JSON.stringify({ model: 'gpt-5-mini', stream: true, ...options }));
  tap.responseHead(200, headers('text/event-stream'));
  tap.responseBody(events(CHUNK, { ...CHUNK, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
  tap.fail(Object.assign(new Error('x'), { name: 'AbortError' }));
  expect(finished[0]).toMatchObject({ usageMissing, errorType: undefined });
});

test.each([
  ['left by the application', Object.assign(new Error('x'), { name: 'AbortError' }), undefined],
  ['broken', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'ECONNRESET'],
  ['broken without a class', 'a text', '_OTHER'],
])('a stream that is %s ended early', (_, error, errorType) => {
  const { tap, finished } = listen(CHAT);
  tap.responseHead(200, headers('text/event-stream'));
  tap.responseBody(events(CHUNK));
  tap.fail(error);
  tap.end();
  expect(finished).toHaveLength(1);
  expect(finished[0]).toMatchObject({ usageMissing: 'stream_ended_early', errorType });
});

test('the output of Anthropic’s message_start is a placeholder', () => {
  const { tap, updates, finished } = listen(MESSAGES);
  tap.responseHead(200, headers('text/event-stream'));
  const message = {
    id: 'msg_1',
    type: 'message',
    model: 'claude-sonnet-4-6',
    usage: { input_tokens: 176, cache_read_input_tokens: 1024, output_tokens: 3 },
  };
  tap.responseBody(events({ type: 'message_start', message }));
  tap.fail(Object.assign(new Error('x'), { name: 'AbortError' }));
  expect(updates).toHaveLength(0);
  expect(finished[0]).toMatchObject({
    usageMissing: 'stream_ended_early',
    answer: { usage: { input: 176, cacheRead: 1024 }, isUsageFinal: false },
  });
  expect(finished[0]?.answer.usage).not.toHaveProperty('output');
});

test.each([429, 500, 400])('status %i is a failed call, whatever its body says', (status) => {
  const { tap, finished } = listen(CHAT);
  tap.responseHead(status, headers('application/json'));
  tap.responseBody(Buffer.from(JSON.stringify(COMPLETION)));
  tap.end();
  expect(finished[0]).toMatchObject({ errorType: String(status), answer: { usage: undefined } });
});

test('no answer at all is a failed call', () => {
  const { tap, finished } = listen(CHAT);
  tap.fail(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  expect(finished[0]).toMatchObject({ errorType: 'ECONNREFUSED', usageMissing: undefined });
});

test('a redirect is no call; the request that follows it is', () => {
  const { tap, finished } = listen(CHAT);
  tap.responseHead(307, headers('text/plain'));
  tap.end();
  expect(finished).toHaveLength(0);
});

test('a path that others have too is a call only when the request or the answer shows it', () => {
  const url = 'https://crm.example.com/v1/messages';
  const other = listen(url);
  other.tap.responseHead(200, headers('application/json'));
  other.tap.responseBody(Buffer.from('{"data":{"type":"sms","usage":{"input_tokens":5}}}'));
  other.tap.end();
  const refused = listen(url);
  refused.tap.responseHead(403, headers('application/json'));
  refused.tap.end();
  const broken = listen(url);
  broken.tap.fail(new Error('x'));
  expect([...other.finished, ...refused.finished, ...broken.finished]).toEqual([]);
  const asked = listen(url);
  asked.tap.requestBody('{"model":"claude-sonnet-4-6","messages":[]}');
  asked.tap.responseHead(403, headers('application/json'));
  asked.tap.end();
  expect(asked.finished).toHaveLength(1);
  const call = listen(url);
  call.tap.responseHead(200, headers('application/json'));
  const message = {
    type: 'message',
    role: 'assistant',
    id: 'msg_1',
    model: 'claude-sonnet-4-6',
    content: [],
  };
  call.tap.responseBody(
    Buffer.from(JSON.stringify({ ...message, usage: { input_tokens: 5, output_tokens: 7 } })),
  );
  call.tap.end();
  expect(call.finished).toHaveLength(1);
});

test('usage in the arguments of a tool is not the usage', () => {
  const { tap, finished } = listen(CHAT);
  tap.responseHead(200, headers('application/json'));
  const usage = { prompt_tokens: 999_999, completion_tokens: 999_999 };
  const call = { function: { name: 'f', arguments: JSON.stringify({ usage }) }, usage };
  tap.responseBody(
    Buffer.from(
      JSON.stringify({
        ...COMPLETION,
        choices: [{ message: { tool_calls: [call], usage }, delta: { usage } }],
      }),
    ),
  );
  tap.end();
  expect(finished[0]?.answer.usage).toEqual({ input: 176, cacheRead: 1024, output: 350 });
});

test('a body that cannot be read is counted, and the call is still seen', () => {
  const { tap, finished, failures } = listen(CHAT);
  tap.responseHead(200, headers('application/json', 'rot13'));
  tap.responseBody(Buffer.from('x'));
  tap.end();
  expect(failures).toEqual(['unsupported_encoding']);
  expect(finished[0]?.answer.usage).toBeUndefined();
});

test('a failure inside ends the listening, once, and throws nothing', () => {
  const { tap, finished, failures } = listen(CHAT);
  tap.responseHead(200, () => {
    throw new Error('a broken header');
  });
  tap.responseBody(Buffer.from('x'));
  tap.end();
  expect(failures).toEqual(['internal_error']);
  expect(finished).toEqual([]);
});

test('an answer that comes later is not told before', () => {
  const url = 'https://api.openai.com/v1/responses';
  const { tap, updates, finished } = listen(url);
  tap.responseHead(200, headers('application/json'));
  tap.responseBody(Buffer.from('{"object":"response","id":"resp_1","status":"queued","usage":null}'));
  tap.end();
  expect(updates).toEqual([]);
  expect(finished[0]).toMatchObject({
    isRetrieval: false,
    answer: { isPending: true, responseId: 'resp_1' },
  });
  const later = listen(`${url}/resp_1`, 'GET');
  later.tap.responseHead(200, headers('application/json'));
  const usage = { input_tokens: 10, output_tokens: 20 };
  later.tap.responseBody(
    Buffer.from(
      JSON.stringify({ object: 'response', id: 'resp_1', status: 'completed', model: 'gpt-5', usage }),
    ),
  );
  later.tap.end();
  expect(later.updates).toEqual([]);
  expect(later.finished[0]).toMatchObject({
    isRetrieval: true,
    answer: { isUsageFinal: true, usage: { input: 10, output: 20 } },
  });
  const missing = listen(`${url}/resp_2`, 'GET');
  missing.tap.responseHead(404, headers('application/json'));
  missing.tap.end();
  expect(missing.finished).toEqual([]);
});

test('speech is billed by what was to be spoken; its sound is not read', () => {
  const { tap, finished, failures } = listen('https://api.openai.com/v1/audio/speech');
  tap.requestBody('{"model":"tts-1","input":"CANARY sings","voice":"alloy"}');
  tap.responseHead(200, headers('audio/mpeg'));
  tap.responseBody(Buffer.from([0xff, 0xfb, 0x90, 0x00]));
  tap.end();
  expect(failures).toEqual([]);
  expect(finished[0]?.answer).toMatchObject({ usage: { characters: 12 }, isUsageFinal: true });
  expect(JSON.stringify(finished)).not.toContain('CANARY');
});

test('what a cache answered says so', () => {
  const { tap, finished } = listen(
    'https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/g/openai/chat/completions',
  );
  tap.responseHead(200, (name) =>
    name === 'cf-aig-cache-status' ? 'HIT' : headers('application/json')(name),
  );
  tap.responseBody(Buffer.from(JSON.stringify(COMPLETION)));
  tap.end();
  expect(finished[0]?.answer).toMatchObject({ answeredFromCache: true, provider: 'openai' });
});

test.each(['text/plain', 'application/json'])(
  'events are read although the server calls them %s',
  (contentType) => {
    const { tap, finished } = listen(CHAT);
    tap.responseHead(200, headers(contentType));
    tap.responseBody(events(CHUNK, USAGE_CHUNK));
    tap.end();
    expect(finished[0]).toMatchObject({
      isStreamed: true,
      answer: { usage: { input: 176, cacheRead: 1024 } },
    });
  },
);

test('a stream that asked for its usage and got none that can be read does not say that it was not asked', () => {
  const { tap, finished } = listen(CHAT);
  tap.requestBody('{"model":"gpt-5-mini","stream":true,"stream_options":{"include_usage":true}}');
  tap.responseHead(200, headers('text/event-stream'));
  tap.responseBody(events(CHUNK, { ...CHUNK, choices: [], usage: { prompt_tokens: 'many' } }));
  tap.end();
  expect(finished[0]).toMatchObject({ usageMissing: undefined, answer: { usage: undefined } });
});

test('of several choices the usage is whole when all have ended', () => {
  const chunk = (index: number, reason: string | null, tokens: number): object => ({
    ...CHUNK,
    choices: [{ index, delta: {}, finish_reason: reason }],
    usage: { prompt_tokens: 10, completion_tokens: tokens },
  });
  const { tap, updates, finished } = listen(CHAT);
  tap.responseHead(200, headers('text/event-stream'));
  tap.responseBody(events(chunk(0, null, 1), chunk(1, null, 2), chunk(0, 'stop', 3)));
  expect(updates).toHaveLength(0);
  tap.responseBody(events(chunk(1, 'stop', 4)));
  expect(updates).toHaveLength(1);
  tap.end();
  expect(finished[0]?.answer.usage).toEqual({ input: 10, output: 4 });
});
