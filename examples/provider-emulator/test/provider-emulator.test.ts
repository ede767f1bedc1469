import OpenAI from 'openai';
import { afterEach, expect, test, vi } from 'vitest';
import {
  type LedgerEntry,
  type ProviderEmulator,
  type ProviderEmulatorOptions,
  startProviderEmulator,
} from '../src/provider-emulator.ts';

const emulators: ProviderEmulator[] = [];

afterEach(async () => {
  await Promise.all(emulators.splice(0).map((emulator) => emulator.close()));
});

async function start(options: ProviderEmulatorOptions): Promise<ProviderEmulator> {
  const emulator = await startProviderEmulator(options);
  emulators.push(emulator);
  return emulator;
}

function post(emulator: ProviderEmulator, path: string, body: unknown, headers = {}): Promise<Response> {
  return fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** Streams `count` different chats, as a client that does not mind a failure. */
async function streamChats(emulator: ProviderEmulator, count: number, concurrency = 4): Promise<number> {
  const client = new OpenAI({ apiKey: 'k', baseURL: `${emulator.url}/v1` });
  const waiting = Array.from({ length: count }, (_, index) => index);
  let failures = 0;
  const work = async (): Promise<void> => {
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      try {
        const stream = await client.chat.completions.create({
          model: 'gpt-5-mini',
          messages: [{ role: 'user', content: `Question number ${index}` }],
          stream: true,
          stream_options: { include_usage: true },
        });
        for await (const _ of stream);
      } catch {
        failures += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return failures;
}

test('refuses a few requests, which the client sends again, and drops exactly one stream', async () => {
  const emulator = await start({ seed: 1 });
  const failures = await streamChats(emulator, 60);
  expect(failures).toBe(1);
  await vi.waitFor(() => {
    const entries = emulator.ledger();
    const count = (status: string): number => entries.filter((entry) => entry.status === status).length;
    expect(count('dropped')).toBe(1);
    expect(count('ok')).toBe(59);
    expect(count('rate_limited')).toBeGreaterThan(0);
    expect(count('rate_limited')).toBeLessThan(10);
  });
  const dropped = emulator.ledger().find((entry) => entry.status === 'dropped');
  expect(dropped).toMatchObject({ streamed: true, usageReported: false });
  expect(dropped?.usage?.input).toBeGreaterThan(0);
  expect(dropped?.usage?.output).toBeGreaterThan(0);
  for (const refused of emulator.ledger().filter((entry) => entry.status === 'rate_limited')) {
    expect(refused).toMatchObject({ usage: null, responseId: null, usageReported: false });
  }
});

test('serves the same usage in every run of a seed, whatever the order of arrival', async () => {
  const usages = async (seed: number, concurrency: number): Promise<string[]> => {
    const emulator = await start({ seed, faults: false });
    await streamChats(emulator, 12, concurrency);
    return vi.waitFor(() => {
      expect(emulator.ledger()).toHaveLength(12);
      return emulator
        .ledger()
        .map((entry) => JSON.stringify([entry.responseId, entry.usage]))
        .toSorted();
    });
  };
  const first = await usages(7, 1);
  expect(await usages(7, 6)).toEqual(first);
  expect(await usages(8, 1)).not.toEqual(first);
});

test('publishes the ledger with the trace of each request and without content', async () => {
  const emulator = await start({ faults: false });
  const secret = 'the parcel of Mrs Miller';
  await post(
    emulator,
    '/v1/chat/completions',
    { model: 'gpt-4.1-mini', messages: [{ role: 'user', content: secret }] },
    { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  );
  const response = await fetch(`${emulator.url}/ledger`);
  const text = await response.text();
  const { entries } = JSON.parse(text) as { entries: LedgerEntry[] };
  expect(entries).toEqual(emulator.ledger());
  expect(entries[0]).toMatchObject({
    sequence: 1,
    path: '/v1/chat/completions',
    requestModel: 'gpt-4.1-mini',
    responseModel: 'gpt-4.1-mini-2025-04-14',
    traceId: '0af7651916cd43dd8448eb211c80319c',
  });
  expect(text).not.toContain('Miller');
});

test('sends OpenAI and Anthropic errors that say what is wrong', async () => {
  const emulator = await start({ faults: false });
  const noModel = await post(emulator, '/v1/chat/completions', { messages: [] });
  expect(noModel.status).toBe(400);
  expect(await noModel.text()).toContain('model');
  const notJson = await post(emulator, '/v1/messages', '{"model":');
  expect(notJson.status).toBe(400);
  expect(await notJson.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
  const unknown = await post(emulator, '/v1/moderations', {});
  expect(unknown.status).toBe(404);
  expect(await unknown.text()).toContain('/v1/responses');
  expect(emulator.ledger()).toEqual([]);
});

test('refuses a body that is too large', async () => {
  const emulator = await start({ faults: false });
  const content = 'x'.repeat(9 * 1024 * 1024);
  const outcome = await post(emulator, '/v1/chat/completions', {
    model: 'gpt-5-mini',
    messages: [{ role: 'user', content }],
  }).then(
    (response) => response.status,
    () => 'connection closed',
  );
  expect([413, 'connection closed']).toContain(outcome);
  expect(emulator.ledger()).toEqual([]);
});

test('books what it had sent when the client goes away', async () => {
  const emulator = await start({ faults: false });
  const client = new OpenAI({ apiKey: 'k', baseURL: `${emulator.url}/v1` });
  const stream = await client.chat.completions.create({
    model: 'gpt-4.1',
    messages: [{ role: 'user', content: 'Tell me a long story' }],
    stream: true,
  });
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
  await vi.waitFor(() => {
    expect(emulator.ledger()[0]).toMatchObject({ status: 'dropped', usageReported: false });
  });
});

test('flushes every event through gzip', async () => {
  const emulator = await start({ faults: false });
  const response = await fetch(`${emulator.url}/v1/responses`, {
    method: 'POST',
    headers: { 'accept-encoding': 'gzip' },
    body: JSON.stringify({ model: 'gpt-5-mini', input: 'Hello', stream: true }),
  });
  expect(response.headers.get('content-encoding')).toBe('gzip');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let reads = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value;
    reads += 1;
  }
  expect(reads).toBeGreaterThan(1);
  expect(text.match(/^event: /gm)?.length).toBe(text.match(/^data: /gm)?.length);
  expect(text).toContain('"type":"response.completed"');
});
