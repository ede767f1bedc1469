import Anthropic from '@anthropic-ai/sdk';
import { createOpenAI } from '@ai-sdk/openai';
import { embed, embedMany, generateText, isStepCount, type LanguageModelUsage, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type LedgerEntry, type ProviderEmulator, startProviderEmulator } from '../src/provider-emulator.ts';

const LONG_PROMPT = 'Please sum up what the customer reported about the parcel. '.repeat(150);

let emulator: ProviderEmulator;
/** The content-encoding of every answer that a client got. */
let encodings: (string | null)[];

beforeAll(async () => {
  emulator = await startProviderEmulator({ faults: false });
});
afterAll(() => emulator.close());
beforeEach(() => {
  encodings = [];
});

const watchedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  encodings.push(response.headers.get('content-encoding'));
  return response;
};

/** The entries that `calls` made, once the emulator has closed their books. */
async function entriesOf(count: number, calls: () => Promise<void>): Promise<LedgerEntry[]> {
  const before = emulator.ledger().length;
  await calls();
  return vi.waitFor(() => {
    const entries = emulator.ledger().slice(before);
    expect(entries).toHaveLength(count);
    return entries;
  });
}

async function entryOf(call: () => Promise<void>): Promise<LedgerEntry> {
  const [entry] = await entriesOf(1, call);
  return entry!;
}

describe.each(['gzip', 'identity'])('with accept-encoding: %s', (encoding) => {
  const headers = { 'accept-encoding': encoding };
  const expectedEncoding = encoding === 'gzip' ? 'gzip' : null;
  const openai = (): OpenAI =>
    new OpenAI({ apiKey: 'k', baseURL: `${emulator.url}/v1`, defaultHeaders: headers, fetch: watchedFetch });
  const anthropic = (): Anthropic =>
    new Anthropic({ apiKey: 'k', baseURL: emulator.url, defaultHeaders: headers, fetch: watchedFetch });
  const aiSdk = (): ReturnType<typeof createOpenAI> =>
    createOpenAI({ apiKey: 'k', baseURL: `${emulator.url}/v1`, headers, fetch: watchedFetch });

  const chatBody = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: LONG_PROMPT }] };

  test('openai chat completions', async () => {
    let seen: OpenAI.ChatCompletion | undefined;
    const entry = await entryOf(async () => {
      seen = await openai().chat.completions.create(chatBody);
    });
    expect(seen?.model).toBe('gpt-5-mini-2025-08-07');
    expect(entry).toMatchObject({ api: 'chat', streamed: false, usageReported: true, responseId: seen?.id });
    expect(chatBuckets(seen?.usage)).toEqual(entry.usage);
    expect(encodings).toEqual([expectedEncoding]);
  });

  test('openai chat completions, streamed, usage asked for', async () => {
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    const entry = await entryOf(async () => {
      const stream = await openai().chat.completions.create({
        ...chatBody,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) chunks.push(chunk);
    });
    const last = chunks.at(-1);
    expect(last?.choices).toEqual([]);
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(chatBuckets(last?.usage)).toEqual(entry.usage);
    expect(entry).toMatchObject({ streamed: true, usageReported: true, responseId: last?.id });
    expect(encodings).toEqual([expectedEncoding]);
  });

  test('openai chat completions, streamed, usage not asked for', async () => {
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    const entry = await entryOf(async () => {
      const stream = await openai().chat.completions.create({ ...chatBody, stream: true });
      for await (const chunk of stream) chunks.push(chunk);
    });
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).not.toBe('');
    expect(entry).toMatchObject({ status: 'ok', streamed: true, usageReported: false });
    expect(entry.usage?.output).toBeGreaterThan(0);
  });

  test('openai responses', async () => {
    let seen: OpenAI.Responses.Response | undefined;
    const entry = await entryOf(async () => {
      seen = await openai().responses.create({ model: 'gpt-5', input: LONG_PROMPT });
    });
    expect(seen?.output_text).not.toBe('');
    expect(entry).toMatchObject({ api: 'responses', streamed: false, responseId: seen?.id });
    expect(responsesBuckets(seen?.usage)).toEqual(entry.usage);
    expect(encodings).toEqual([expectedEncoding]);
  });

  test('openai responses, streamed', async () => {
    let text = '';
    let final: OpenAI.Responses.Response | undefined;
    const entry = await entryOf(async () => {
      const stream = openai().responses.stream({ model: 'gpt-5', input: LONG_PROMPT });
      stream.on('response.output_text.delta', (event) => {
        text += event.delta;
      });
      final = await stream.finalResponse();
    });
    expect(final?.output_text).toBe(text);
    expect(entry).toMatchObject({ streamed: true, usageReported: true, responseId: final?.id });
    expect(responsesBuckets(final?.usage)).toEqual(entry.usage);
    expect(encodings).toEqual([expectedEncoding]);
  });

  test.each(['base64', 'float'] as const)('openai embeddings as %s', async (format) => {
    let seen: OpenAI.CreateEmbeddingResponse | undefined;
    const entry = await entryOf(async () => {
      seen = await openai().embeddings.create({
        model: 'text-embedding-3-small',
        input: ['late parcel', 'broken screen'],
        dimensions: 64,
        encoding_format: format,
      });
    });
    expect(seen?.data).toHaveLength(2);
    expect(entry).toMatchObject({ api: 'embeddings', responseId: null, usage: { input: 6 } });
    expect(seen?.usage).toEqual({ prompt_tokens: 6, total_tokens: 6 });
    expect(encodings).toEqual([expectedEncoding]);
  });

  test('openai embeddings mean the same in both encodings', async () => {
    // Without encoding_format the client asks for base64 and decodes it.
    const body = { model: 'text-embedding-3-small', input: 'late parcel', dimensions: 8 };
    const decoded = await openai().embeddings.create(body);
    const floats = await openai().embeddings.create({ ...body, encoding_format: 'float' });
    expect(decoded.data[0]?.embedding).toHaveLength(8);
    expect(decoded.data[0]?.embedding).toEqual(floats.data[0]?.embedding);
  });

  const messagesBody: Anthropic.MessageCreateParamsNonStreaming = {
    model: 'claude-haiku-4-5',
    max_tokens: 2000,
    system: [{ type: 'text', text: LONG_PROMPT, cache_control: { type: 'ephemeral', ttl: '1h' } }],
    messages: [
      {
        role: 'user',
        content: [{ type: 'text', text: LONG_PROMPT, cache_control: { type: 'ephemeral' } }],
      },
    ],
  };

  test('anthropic messages', async () => {
    let seen: Anthropic.Message | undefined;
    const entry = await entryOf(async () => {
      seen = await anthropic().messages.create(messagesBody);
    });
    expect(seen?.model).toBe('claude-haiku-4-5-20251001');
    expect(seen?.usage.service_tier).toBe('standard');
    expect(entry).toMatchObject({ api: 'messages', provider: 'anthropic', responseId: seen?.id });
    expect(messagesBuckets(seen?.usage)).toEqual(entry.usage);
    expect(encodings).toEqual([expectedEncoding]);
  });

  test('anthropic messages, streamed', async () => {
    let final: Anthropic.Message | undefined;
    let startTokens: number | undefined;
    const entry = await entryOf(async () => {
      const stream = anthropic().messages.stream(messagesBody);
      stream.on('streamEvent', (event) => {
        if (event.type === 'message_start') startTokens = event.message.usage.output_tokens;
      });
      final = await stream.finalMessage();
    });
    expect(startTokens).toBe(1);
    expect(entry).toMatchObject({ streamed: true, usageReported: true, responseId: final?.id });
    expect(messagesBuckets(final?.usage)).toEqual(entry.usage);
    expect(encodings).toEqual([expectedEncoding]);
  });

  test.each([false, true])('anthropic tool use (streamed: %s)', async (streamed) => {
    const body: Anthropic.MessageCreateParamsNonStreaming = {
      model: 'claude-haiku-4-5',
      max_tokens: 500,
      messages: [{ role: 'user', content: 'Where is order 17?' }],
      tools: [
        {
          name: 'find_order',
          input_schema: { type: 'object', properties: { state: { type: 'string', enum: ['open', 'sent'] } } },
        },
      ],
    };
    const client = anthropic();
    const seen = streamed
      ? await client.messages.stream(body).finalMessage()
      : await client.messages.create(body);
    expect(seen.stop_reason).toBe('tool_use');
    const [block] = seen.content;
    expect(block).toMatchObject({ type: 'tool_use', name: 'find_order' });
    expect(['open', 'sent']).toContain(
      block?.type === 'tool_use' && (block.input as { state: string }).state,
    );
  });

  const tools = {
    findOrders: tool({
      description: 'Orders of a customer',
      inputSchema: z.object({ limit: z.int().min(1).max(9), state: z.enum(['open', 'sent']) }),
      execute: ({ limit }) => ({ orders: limit }),
    }),
  };

  test.each(['responses', 'chat'] as const)('ai generateText with tools over %s', async (api) => {
    const model = api === 'chat' ? aiSdk().chat('gpt-5-mini') : aiSdk().responses('gpt-5-mini');
    const before = emulator.ledger().length;
    const result = await generateText({
      model,
      tools,
      stopWhen: isStepCount(6),
      prompt: 'Where is my order?',
    });
    const entries = emulator.ledger().slice(before);
    expect(result.steps.length).toBeGreaterThan(1);
    expect(result.steps[0]?.toolResults).toHaveLength(1);
    expect(result.text).not.toBe('');
    expect(entries.map((entry) => entry.api)).toEqual(result.steps.map(() => api));
    expect(result.steps.map((step) => aiSdkBuckets(step.usage))).toEqual(entries.map((entry) => entry.usage));
    expect(new Set(encodings)).toEqual(new Set([expectedEncoding]));
  });

  test.each(['responses', 'chat'] as const)('ai streamText with tools over %s', async (api) => {
    const model = api === 'chat' ? aiSdk().chat('gpt-5-mini') : aiSdk().responses('gpt-5-mini');
    const before = emulator.ledger().length;
    const result = streamText({
      model,
      tools,
      stopWhen: isStepCount(6),
      prompt: `Where is my order? ${LONG_PROMPT}`,
    });
    const text = await result.text;
    const steps = await result.steps;
    expect(text).not.toBe('');
    expect(steps[0]?.toolResults).toHaveLength(1);
    await vi.waitFor(() => {
      const entries = emulator.ledger().slice(before);
      expect(entries.every((entry) => entry.streamed && entry.usageReported)).toBe(true);
      expect(steps.map((step) => aiSdkBuckets(step.usage))).toEqual(entries.map((entry) => entry.usage));
    });
    expect(new Set(encodings)).toEqual(new Set([expectedEncoding]));
  });

  test('ai embed and embedMany', async () => {
    const model = aiSdk().embedding('text-embedding-3-small');
    const used: number[] = [];
    const entries = await entriesOf(2, async () => {
      used.push((await embed({ model, value: 'late parcel' })).usage.tokens);
      used.push((await embedMany({ model, values: ['late parcel', 'broken screen'] })).usage.tokens);
    });
    expect(entries.map((entry) => entry.usage?.input)).toEqual(used);
  });
});

type Buckets = Record<string, number>;

function nonZero(buckets: Buckets): Buckets {
  return Object.fromEntries(Object.entries(buckets).filter(([, count]) => count !== 0));
}

function chatBuckets(usage: OpenAI.CompletionUsage | null | undefined): Buckets {
  const cacheRead = usage?.prompt_tokens_details?.cached_tokens ?? 0;
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens ?? 0;
  return nonZero({
    input: (usage?.prompt_tokens ?? 0) - cacheRead,
    cacheRead,
    output: (usage?.completion_tokens ?? 0) - reasoning,
    reasoning,
  });
}

function responsesBuckets(usage: OpenAI.Responses.ResponseUsage | null | undefined): Buckets {
  const cacheRead = usage?.input_tokens_details.cached_tokens ?? 0;
  const reasoning = usage?.output_tokens_details.reasoning_tokens ?? 0;
  return nonZero({
    input: (usage?.input_tokens ?? 0) - cacheRead,
    cacheRead,
    output: (usage?.output_tokens ?? 0) - reasoning,
    reasoning,
  });
}

function messagesBuckets(usage: Anthropic.Usage | undefined): Buckets {
  const cacheWrite5m = usage?.cache_creation?.ephemeral_5m_input_tokens ?? 0;
  const cacheWrite1h = usage?.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  expect(usage?.cache_creation_input_tokens).toBe(cacheWrite5m + cacheWrite1h);
  return nonZero({
    input: usage?.input_tokens ?? 0,
    cacheRead: usage?.cache_read_input_tokens ?? 0,
    cacheWrite5m,
    cacheWrite1h,
    output: usage?.output_tokens ?? 0,
  });
}

function aiSdkBuckets(usage: LanguageModelUsage): Buckets {
  return nonZero({
    input: usage.inputTokenDetails.noCacheTokens ?? 0,
    cacheRead: usage.inputTokenDetails.cacheReadTokens ?? 0,
    output: usage.outputTokenDetails.textTokens ?? 0,
    reasoning: usage.outputTokenDetails.reasoningTokens ?? 0,
  });
}
