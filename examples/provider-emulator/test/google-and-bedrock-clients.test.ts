import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type TokenUsage as BedrockUsage,
} from '@aws-sdk/client-bedrock-runtime';
import { type GenerateContentResponseUsageMetadata, GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type LedgerEntry, type ProviderEmulator, startProviderEmulator } from '../src/provider-emulator.ts';

const LONG_PROMPT = 'Please sum up what the customer reported about the parcel. '.repeat(150);
const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
/** With so many requests of a provider, one at least is refused at first. */
const REQUESTS_WITH_REFUSAL = 15;

const emulators: ProviderEmulator[] = [];
afterEach(async () => {
  await Promise.all(emulators.splice(0).map((emulator) => emulator.close()));
});

async function start(faults: boolean): Promise<ProviderEmulator> {
  const emulator = await startProviderEmulator({ faults });
  emulators.push(emulator);
  return emulator;
}

/** The entries, once as many as are expected are in the ledger. */
function entriesOf(emulator: ProviderEmulator, count: number): Promise<LedgerEntry[]> {
  return vi.waitFor(() => {
    expect(emulator.ledger()).toHaveLength(count);
    return emulator.ledger();
  });
}

function google(emulator: ProviderEmulator, options: { vertexai?: boolean } = {}): GoogleGenAI {
  const retryOptions = { attempts: 4, initialDelay: 0.05 };
  return new GoogleGenAI({
    apiKey: 'none',
    ...options,
    httpOptions: { baseUrl: emulator.url, retryOptions },
  });
}

function bedrock(emulator: ProviderEmulator): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: emulator.url,
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    maxAttempts: 4,
  });
}

type Buckets = Record<string, number>;

function nonZero(buckets: Buckets): Buckets {
  return Object.fromEntries(Object.entries(buckets).filter(([, count]) => count !== 0));
}

function geminiBuckets(usage: GenerateContentResponseUsageMetadata | undefined): Buckets {
  const cacheRead = usage?.cachedContentTokenCount ?? 0;
  return nonZero({
    input: (usage?.promptTokenCount ?? 0) - cacheRead,
    cacheRead,
    output: usage?.candidatesTokenCount ?? 0,
    reasoning: usage?.thoughtsTokenCount ?? 0,
  });
}

function bedrockBuckets(usage: BedrockUsage | undefined): Buckets {
  return nonZero({
    input: usage?.inputTokens ?? 0,
    cacheRead: usage?.cacheReadInputTokens ?? 0,
    cacheWrite5m: usage?.cacheWriteInputTokens ?? 0,
    output: usage?.outputTokens ?? 0,
  });
}

describe.each([
  ['gcp.gemini', {}],
  ['gcp.vertex_ai', { vertexai: true }],
])('@google/genai at %s', (provider, options) => {
  const model = 'gemini-3.5-flash';

  test('generateContent', async () => {
    const emulator = await start(false);
    const seen = await google(emulator, options).models.generateContent({ model, contents: LONG_PROMPT });
    const [entry] = await entriesOf(emulator, 1);
    expect(seen.text?.length).toBeGreaterThan(20);
    expect(entry).toMatchObject({ provider, streamed: false, responseId: seen.responseId });
    expect(geminiBuckets(seen.usageMetadata)).toEqual(entry?.usage);
  });

  test('generateContentStream', async () => {
    const emulator = await start(false);
    const stream = await google(emulator, options).models.generateContentStream({ model, contents: 'Hi' });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const [entry] = await entriesOf(emulator, 1);
    expect(chunks.length).toBeGreaterThan(2);
    expect(entry).toMatchObject({ provider, streamed: true, usageReported: true });
    expect(geminiBuckets(chunks.at(-1)?.usageMetadata)).toEqual(entry?.usage);
  });

  test('a function call', async () => {
    const emulator = await start(false);
    const declared = { name: 'find_order', parametersJsonSchema: { type: 'object', properties: {} } };
    const seen = await google(emulator, options).models.generateContent({
      model,
      contents: 'Where is it?',
      config: { tools: [{ functionDeclarations: [declared] }] },
    });
    expect(seen.functionCalls?.[0]?.name).toBe('find_order');
  });

  test('embedContent', async () => {
    const emulator = await start(false);
    const { embeddings } = await google(emulator, options).models.embedContent({
      model: 'gemini-embedding-001',
      contents: ['late parcel', 'broken screen'],
      config: { outputDimensionality: 8 },
    });
    const [entry] = await entriesOf(emulator, 1);
    expect(embeddings?.map(({ values }) => values?.length)).toEqual([8, 8]);
    // Two texts of 11 and 13 characters, together in Gemini's API and one by one in Vertex AI.
    expect(entry).toMatchObject({ provider, usage: { input: provider === 'gcp.gemini' ? 6 : 7 } });
  });

  test('a refused request is sent again', async () => {
    const emulator = await start(true);
    const client = google(emulator, options);
    await Promise.all(
      Array.from({ length: REQUESTS_WITH_REFUSAL }, (_, index) =>
        client.models.generateContent({ model, contents: `Question ${index}` }),
      ),
    );
    const { refused = [], served = [] } = Object.groupBy(emulator.ledger(), ({ status }) =>
      status === 'ok' ? 'served' : 'refused',
    );
    expect(served).toHaveLength(REQUESTS_WITH_REFUSAL);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ status }) => status === 'rate_limited')).toBe(true);
  });
});

describe('@aws-sdk/client-bedrock-runtime over HTTP/2', () => {
  const input: ConverseCommandInput = {
    modelId: CLAUDE,
    system: [{ text: LONG_PROMPT }, { cachePoint: { type: 'default' } }],
    messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
  };
  const claudeBody = JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 500,
    messages: [{ role: 'user', content: LONG_PROMPT }],
  });

  async function readAll(
    stream: AsyncIterable<ConverseStreamOutput> | undefined,
  ): Promise<ConverseStreamOutput[]> {
    const events = [];
    for await (const event of stream ?? []) events.push(event);
    return events;
  }

  test('Converse', async () => {
    const emulator = await start(false);
    const seen = await bedrock(emulator).send(new ConverseCommand(input));
    const [entry] = await entriesOf(emulator, 1);
    expect(seen.output?.message?.content?.[0]?.text?.length).toBeGreaterThan(20);
    expect(entry).toMatchObject({ requestModel: CLAUDE, responseId: seen.$metadata.requestId });
    expect(bedrockBuckets(seen.usage)).toEqual(entry?.usage);
  });

  test('ConverseStream', async () => {
    const emulator = await start(false);
    const { stream } = await bedrock(emulator).send(new ConverseStreamCommand(input));
    const events = await readAll(stream);
    const [entry] = await entriesOf(emulator, 1);
    expect(bedrockBuckets(events.at(-1)?.metadata?.usage)).toEqual(entry?.usage);
    expect(entry).toMatchObject({ streamed: true, usageReported: true });
  });

  test('InvokeModel and InvokeModelWithResponseStream', async () => {
    const emulator = await start(false);
    const client = bedrock(emulator);
    const { body } = await client.send(new InvokeModelCommand({ modelId: CLAUDE, body: claudeBody }));
    const stream = await client.send(
      new InvokeModelWithResponseStreamCommand({ modelId: CLAUDE, body: claudeBody }),
    );
    const events = [];
    for await (const { chunk } of stream.body ?? [])
      events.push(JSON.parse(Buffer.from(chunk!.bytes!).toString()));
    const [whole, streamed] = await entriesOf(emulator, 2);
    const { id, usage } = JSON.parse(body.transformToString()) as { id: string; usage: object };
    expect([id, usage]).toMatchObject([whole?.responseId, { input_tokens: whole?.usage?.input }]);
    expect(events[0]).toMatchObject({ type: 'message_start', message: { id: streamed?.responseId } });
  });

  test('an error has the name of its exception', async () => {
    const emulator = await start(false);
    const sent = bedrock(emulator).send(
      new ConverseCommand({ ...input, inferenceConfig: { maxTokens: -1 } }),
    );
    await expect(sent).rejects.toMatchObject({ name: 'ValidationException', $metadata: { attempts: 1 } });
  });

  test('a refused request is sent again, and a broken stream is an error on one stream of the connection', async () => {
    const emulator = await start(true);
    const client = bedrock(emulator);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, async (_, index) => {
        const messages = [{ role: 'user' as const, content: [{ text: `Question ${index}` }] }];
        const { stream } = await client.send(new ConverseStreamCommand({ modelId: CLAUDE, messages }));
        return readAll(stream);
      }),
    );
    const broken = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(broken).toHaveLength(1);
    const statuses = emulator.ledger().map((entry) => entry.status);
    expect(statuses.filter((status) => status === 'dropped')).toHaveLength(1);
    expect(statuses.filter((status) => status === 'ok')).toHaveLength(59);
    expect(statuses.length).toBeGreaterThan(60);
  });
});
