import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { createOpenAI } from '@ai-sdk/openai';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import {
  clientEnvironment,
  type ProviderEmulator,
  startProviderEmulator,
} from '@costspan-examples/provider-emulator';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { assistantFeature } from '../src/assistant.ts';
import type { Feature } from '../src/feature.ts';
import { createModelClients, type ModelClients } from '../src/model-clients.ts';
import { replyFeature } from '../src/reply.ts';
import { searchFeature } from '../src/search.ts';
import { createService } from '../src/service.ts';
import { summarizeFeature } from '../src/summarize.ts';
import { SupportDatabase } from '../src/support-database.ts';

const LONG_TEXT = 'The parcel is late and the customer is angry. '.repeat(120);

const CLAUDE_ON_BEDROCK = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';

const database = new SupportDatabase();
let emulator: ProviderEmulator;
let service: Server;

beforeAll(async () => {
  emulator = await startProviderEmulator({ faults: false });
  for (const [name, value] of Object.entries(clientEnvironment(emulator.url))) vi.stubEnv(name, value);
  service = await listening(createModelClients());
});
afterAll(async () => {
  vi.unstubAllEnvs();
  service.close();
  service.closeAllConnections();
  database.close();
  await emulator.close();
});

async function listening(clients: ModelClients): Promise<Server> {
  const server = createService([
    summarizeFeature(clients) as Feature,
    assistantFeature(clients, database) as Feature,
    searchFeature(clients, database) as Feature,
    replyFeature(clients, database) as Feature,
  ]);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function post(path: string, body: unknown, server: Server = service): Promise<Response> {
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    method: 'POST',
    headers: { 'x-tenant': 'acme' },
    body: JSON.stringify(body),
  });
}

/** Sends one request and returns which model calls it made: `chat gpt-5-mini streamed`. */
async function callsOf(path: string, body: unknown): Promise<{ text: string; calls: string[] }> {
  const before = emulator.ledger().length;
  const response = await post(path, body);
  const text = await response.text();
  expect(response.status).toBe(200);
  const calls = await vi.waitFor(() => {
    const entries = emulator.ledger().slice(before);
    expect(entries.length).toBeGreaterThan(0);
    expect(entries.every((entry) => entry.status === 'ok' && entry.usageReported)).toBe(true);
    return entries.map((entry) => `${entry.api} ${entry.requestModel}${entry.streamed ? ' streamed' : ''}`);
  });
  return { text, calls };
}

test.each([
  [{ text: 'Late parcel', quality: 'draft' }, 'chat gpt-4.1-mini'],
  [{ text: 'Late parcel' }, 'chat gpt-5-mini'],
  [{ text: LONG_TEXT }, 'chat gpt-5-mini streamed'],
  [{ text: 'Late parcel', quality: 'best' }, 'messages claude-sonnet-4-6'],
  [{ text: LONG_TEXT, quality: 'best' }, 'messages claude-sonnet-4-6 streamed'],
])('summarizes %#', async (body, expectedCall) => {
  const { text, calls } = await callsOf('/summarize', body);
  expect(text.length).toBeGreaterThan(20);
  expect(calls).toEqual([expectedCall]);
});

test('the assistant answers in several steps', async () => {
  const { text, calls } = await callsOf('/assistant', { question: 'How many orders are open?' });
  expect((JSON.parse(text) as { steps: number }).steps).toBe(calls.length);
  expect(calls.length).toBeGreaterThan(1);
});

test('the assistant streams', async () => {
  const { text, calls } = await callsOf('/assistant', { question: 'And now?', stream: true, thorough: true });
  expect(text.length).toBeGreaterThan(20);
  expect(new Set(calls)).toEqual(new Set(['responses gpt-5 streamed']));
});

test.each([
  ['narrow', 'responses gpt-5-mini'],
  ['normal', 'responses gpt-5-mini'],
  ['broad', 'responses gpt-5-mini streamed'],
])('searches with breadth %s', async (breadth, answerCall) => {
  const { text, calls } = await callsOf('/search', { query: 'It is late. What now?', breadth });
  expect(text.length).toBeGreaterThan(20);
  expect(calls).toEqual(['embeddings text-embedding-3-small', answerCall]);
});

test.each([
  [{}, ['embeddings gemini-embedding-001', 'generate_content gemini-3.5-flash']],
  [{ stream: true }, ['embeddings gemini-embedding-001', 'generate_content gemini-3.5-flash streamed']],
  [{ confidential: true }, [`converse ${CLAUDE_ON_BEDROCK}`]],
  [{ confidential: true, stream: true }, [`converse ${CLAUDE_ON_BEDROCK} streamed`]],
])('drafts a reply %j', async (options, expectedCalls) => {
  const { text, calls } = await callsOf('/reply', { message: 'Where is my parcel?', ...options });
  expect(text.length).toBeGreaterThan(20);
  expect(calls).toEqual(expectedCalls);
});

test('says what is wrong with a request', async () => {
  const noText = await post('/summarize', { txt: 'x' });
  expect(noText.status).toBe(400);
  expect(await noText.text()).toContain('text');
  const unknown = await post('/translate', {});
  expect(unknown.status).toBe(404);
  expect(await unknown.text()).toContain('/assistant');
});

test.each([
  ['/summarize', { text: 'x' }],
  ['/summarize', { text: LONG_TEXT }],
  ['/summarize', { text: LONG_TEXT, quality: 'best' }],
  ['/assistant', { question: 'x' }],
  ['/assistant', { question: 'x', stream: true }],
  ['/search', { query: 'x' }],
  ['/reply', { message: 'x' }],
  ['/reply', { message: 'x', confidential: true, stream: true }],
])('answers 502 when the model does not: %s %#', async (path, body) => {
  const baseURL = 'http://127.0.0.1:9/v1';
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const unreachable = await listening({
    openai: new OpenAI({ apiKey: 'test', baseURL, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: 'test', baseURL, maxRetries: 0 }),
    aiSdk: createOpenAI({
      apiKey: 'test',
      baseURL,
      fetch: () => Promise.resolve(Response.json({ error: { message: 'no' } }, { status: 400 })),
    }),
    google: new GoogleGenAI({ apiKey: 'test', httpOptions: { baseUrl: baseURL } }),
    bedrock: new BedrockRuntimeClient({
      region: 'us-east-1',
      endpoint: baseURL,
      credentials,
      maxAttempts: 1,
    }),
  });
  try {
    const response = await post(path, body, unreachable);
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({ error: 'the model did not answer' });
  } finally {
    unreachable.close();
  }
});
