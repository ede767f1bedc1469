/** What the endpoints without an SDK in this package put on the wire, compared with the ledger. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type LedgerEntry, type ProviderEmulator, startProviderEmulator } from '../src/provider-emulator.ts';

const LONG_PROMPT = 'Please sum up what the customer reported about the parcel. '.repeat(150);
const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

let emulator: ProviderEmulator;
beforeAll(async () => {
  emulator = await startProviderEmulator({ faults: false });
});
afterAll(() => emulator.close());

interface Served {
  readonly response: Response;
  readonly bytes: Buffer;
  readonly entry: LedgerEntry;
}

async function post(path: string, body: object): Promise<Served> {
  const before = emulator.ledger().length;
  const response = await fetch(`${emulator.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const bytes = Buffer.from(await response.arrayBuffer());
  const entry = await vi.waitFor(() => emulator.ledger().slice(before)[0] ?? expect.fail('no entry'));
  return { response, bytes, entry };
}

function json({ bytes }: Served): any {
  return JSON.parse(bytes.toString());
}

/** The JSON documents of the `data:` lines. */
function serverSent({ bytes }: Served): any[] {
  return [...bytes.toString().matchAll(/^data: (\{.*)$/gm)].map(([, line]) => JSON.parse(line ?? ''));
}

/** The payloads of AWS's binary messages, by the type of their event. */
function awsEvents({ bytes }: Served): (readonly [type: string, payload: any])[] {
  const events: (readonly [string, any])[] = [];
  for (let start = 0; start < bytes.length; start += bytes.readUInt32BE(start)) {
    const message = bytes.subarray(start, start + bytes.readUInt32BE(start));
    const payloadStart = 12 + message.readUInt32BE(4);
    // The first header is `:event-type`: its name after a byte of length, then a byte of type and two of length.
    const valueStart = 12 + 1 + ':event-type'.length + 3;
    const valueEnd = valueStart + message.readUInt16BE(valueStart - 2);
    const payload = message.subarray(payloadStart, message.length - 4).toString();
    events.push([message.subarray(valueStart, valueEnd).toString(), JSON.parse(payload)]);
  }
  return events;
}

type Buckets = Record<string, number>;

function nonZero(buckets: Buckets): Buckets {
  return Object.fromEntries(Object.entries(buckets).filter(([, count]) => count !== 0));
}

describe('Amazon Bedrock', () => {
  const body = {
    system: [{ text: LONG_PROMPT }, { cachePoint: { type: 'default', ttl: '1h' } }],
    messages: [
      { role: 'user', content: [{ text: LONG_PROMPT }, { cachePoint: { type: 'default' } }, { text: 'Hi' }] },
    ],
  };
  const buckets = (usage: any): Buckets => {
    const written = (ttl: string): number =>
      usage.cacheDetails.find((detail: any) => detail.ttl === ttl)?.inputTokens ?? 0;
    expect(written('5m') + written('1h')).toBe(usage.cacheWriteInputTokens);
    expect(usage.totalTokens).toBe(
      usage.inputTokens + usage.cacheReadInputTokens + usage.cacheWriteInputTokens + usage.outputTokens,
    );
    return nonZero({
      input: usage.inputTokens,
      cacheRead: usage.cacheReadInputTokens,
      cacheWrite5m: written('5m'),
      cacheWrite1h: written('1h'),
      output: usage.outputTokens,
    });
  };

  test('Converse', async () => {
    const served = await post(`/model/${encodeURIComponent(CLAUDE)}/converse`, body);
    const { usage, serviceTier } = json(served);
    expect(buckets(usage)).toEqual(served.entry.usage);
    expect(serviceTier).toBeUndefined();
    expect(served.entry).toMatchObject({
      provider: 'aws.bedrock',
      api: 'converse',
      requestModel: CLAUDE,
      serviceTier: null,
      responseId: served.response.headers.get('x-amzn-requestid'),
    });
  });

  test('Converse in another tier', async () => {
    const served = await post(`/model/${CLAUDE}/converse`, { ...body, serviceTier: { type: 'flex' } });
    expect(json(served).serviceTier).toEqual({ type: 'flex' });
    expect(served.entry.serviceTier).toBe('flex');
  });

  test('ConverseStream says its usage in the last event', async () => {
    const served = await post(`/model/${CLAUDE}/converse-stream`, body);
    const events = awsEvents(served);
    expect(events[0]).toEqual(['messageStart', { role: 'assistant' }]);
    expect(events.at(-1)?.[0]).toBe('metadata');
    expect(buckets(events.at(-1)?.[1].usage)).toEqual(served.entry.usage);
    expect(served.entry).toMatchObject({ streamed: true, usageReported: true });
  });

  test('Converse calls a tool', async () => {
    const toolSpec = { name: 'find_order', inputSchema: { json: { type: 'object', properties: {} } } };
    const asked = { ...body, toolConfig: { tools: [{ toolSpec }] } };
    const { output, stopReason } = json(await post(`/model/${CLAUDE}/converse`, asked));
    expect(stopReason).toBe('tool_use');
    expect(output.message.content[0].toolUse).toMatchObject({ name: 'find_order', input: {} });
    const events = awsEvents(await post(`/model/${CLAUDE}/converse-stream`, asked));
    expect(events.map(([type]) => type)).toContain('contentBlockStart');
  });

  const claudeBody = {
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 2000,
    system: [{ type: 'text', text: LONG_PROMPT, cache_control: { type: 'ephemeral', ttl: '1h' } }],
    messages: [{ role: 'user', content: 'Hi' }],
  };

  test('InvokeModel of Claude, with the counts in headers too', async () => {
    const served = await post(`/model/${CLAUDE}/invoke`, claudeBody);
    const { id, model, usage } = json(served);
    expect(model).toBe('claude-sonnet-4-5-20250929');
    expect(served.entry.responseId).toBe(id);
    const header = (name: string): number => Number(served.response.headers.get(`x-amzn-bedrock-${name}`));
    expect(
      nonZero({
        input: header('input-token-count'),
        cacheRead: header('cache-read-input-token-count'),
        cacheWrite1h: header('cache-write-input-token-count'),
        output: header('output-token-count'),
      }),
    ).toEqual(served.entry.usage);
    expect(usage.input_tokens).toBe(served.entry.usage?.input);
  });

  test('InvokeModelWithResponseStream of Claude', async () => {
    const read = new Set<boolean>();
    for (const content of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const served = await post(`/model/${CLAUDE}/invoke-with-response-stream`, {
        ...claudeBody,
        messages: [{ role: 'user', content }],
      });
      const events = awsEvents(served).map(([type, { bytes }]) => {
        expect(type).toBe('chunk');
        return JSON.parse(Buffer.from(bytes, 'base64').toString());
      });
      expect(events.map(({ type }) => type)).toContain('message_delta');
      expect(events[0].message.id).toBe(served.entry.responseId);
      const metrics = events.at(-1)['amazon-bedrock-invocationMetrics'];
      expect(
        nonZero({
          input: metrics.inputTokenCount,
          cacheRead: metrics.cacheReadInputTokenCount,
          cacheWrite1h: metrics.cacheWriteInputTokenCount,
          output: metrics.outputTokenCount,
        }),
      ).toEqual(served.entry.usage);
      read.add(metrics.cacheReadInputTokenCount > 0);
    }
    expect(read.size).toBe(2);
  });

  test('errors have an exception type, and other models are not taken', async () => {
    const response = await fetch(`${emulator.url}/model/meta.llama/invoke`, {
      method: 'POST',
      body: JSON.stringify(claudeBody),
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe('ValidationException');
    expect(await response.json()).toMatchObject({ __type: 'ValidationException' });
  });
});

describe('Gemini', () => {
  const body = { contents: [{ role: 'user', parts: [{ text: LONG_PROMPT }] }] };
  const buckets = (usage: any): Buckets => {
    const { cachedContentTokenCount = 0, thoughtsTokenCount = 0 } = usage;
    expect(usage.totalTokenCount).toBe(
      usage.promptTokenCount + usage.candidatesTokenCount + thoughtsTokenCount,
    );
    return nonZero({
      input: usage.promptTokenCount - cachedContentTokenCount,
      cacheRead: cachedContentTokenCount,
      output: usage.candidatesTokenCount,
      reasoning: thoughtsTokenCount,
    });
  };

  test.each(['v1', 'v1beta'])('generateContent of %s', async (version) => {
    const served = await post(`/${version}/models/gemini-2.5-flash:generateContent`, body);
    const { usageMetadata, responseId, modelVersion } = json(served);
    expect(buckets(usageMetadata)).toEqual(served.entry.usage);
    expect(served.entry).toMatchObject({ responseId, responseModel: modelVersion, provider: 'gcp.gemini' });
  });

  test('streamGenerateContent says the usage so far in each event', async () => {
    const served = await post('/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse', {
      ...body,
      serviceTier: 'priority',
    });
    const usages = serverSent(served).map((event) => event.usageMetadata);
    const candidates = usages.map((usage) => usage.candidatesTokenCount);
    expect(candidates).toEqual(candidates.toSorted((left, right) => left - right));
    expect(candidates[0]).toBeLessThan(candidates.at(-1));
    expect(buckets(usages.at(-1))).toEqual(served.entry.usage);
    expect(served.response.headers.get('x-gemini-service-tier')).toBe('priority');
    expect(served.entry.serviceTier).toBe('priority');
  });

  test('generateContent calls a function, whose types Gemini writes in capitals', async () => {
    const parameters = { type: 'OBJECT', properties: { count: { type: 'INTEGER' } } };
    const served = await post('/v1/models/gemini-2.5-flash:generateContent', {
      ...body,
      tools: [{ functionDeclarations: [{ name: 'find', parameters }] }],
    });
    const [part] = json(served).candidates[0].content.parts;
    expect(part.functionCall).toMatchObject({ name: 'find', args: { count: expect.any(Number) } });
  });

  test('embedContent and batchEmbedContents', async () => {
    const content = { parts: [{ text: 'late parcel' }] };
    const one = await post('/v1/models/gemini-embedding-001:embedContent', {
      content,
      outputDimensionality: 8,
    });
    expect(json(one).embedding.values).toHaveLength(8);
    const batch = await post('/v1/models/gemini-embedding-001:batchEmbedContents', {
      requests: [{ content }, { content }],
    });
    expect(json(batch).embeddings).toHaveLength(2);
    expect(json(batch).usageMetadata.promptTokenCount).toBe(batch.entry.usage?.input);
    expect(batch.entry.usage).toEqual({ input: 6 });
  });
});

describe('Mistral', () => {
  const body = { model: 'mistral-small-latest', messages: [{ role: 'user', content: LONG_PROMPT }] };
  const buckets = (usage: any): Buckets =>
    nonZero({
      input: usage.prompt_tokens - usage.prompt_tokens_details.cached_tokens,
      cacheRead: usage.prompt_tokens_details.cached_tokens,
      output: usage.completion_tokens,
    });

  test('chat completions are cached under a key alone', async () => {
    const plain = await post('/mistral/v1/chat/completions', body);
    expect(buckets(json(plain).usage)).toEqual(plain.entry.usage);
    expect(plain.entry.usage).not.toHaveProperty('cacheRead');
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const cached = await Promise.all(
      keys.map(async (key) => {
        const response = await fetch(`${emulator.url}/mistral/v1/chat/completions`, {
          method: 'POST',
          body: JSON.stringify({ ...body, prompt_cache_key: key }),
        });
        const { usage } = (await response.json()) as any;
        return usage.prompt_tokens_details.cached_tokens as number;
      }),
    );
    expect(Math.max(...cached)).toBeGreaterThan(0);
  });

  test('chat completions, streamed, say their usage unasked', async () => {
    const served = await post('/mistral/v1/chat/completions', { ...body, stream: true });
    expect(buckets(serverSent(served).at(-1).usage)).toEqual(served.entry.usage);
    expect(served.entry).toMatchObject({ streamed: true, usageReported: true, provider: 'mistral_ai' });
  });

  test('embeddings', async () => {
    const served = await post('/mistral/v1/embeddings', { model: 'mistral-embed', input: ['one', 'two'] });
    expect(json(served).data).toHaveLength(2);
    expect(served.entry).toMatchObject({ responseId: json(served).id, usage: { input: 2 } });
  });
});

describe('Cohere', () => {
  const body = { model: 'command-a-03-2025', messages: [{ role: 'user', content: LONG_PROMPT }] };
  const buckets = (usage: any): Buckets => {
    expect(usage.tokens.input_tokens).toBeGreaterThan(usage.billed_units.input_tokens);
    return { input: usage.billed_units.input_tokens, output: usage.billed_units.output_tokens };
  };

  test('chat bills less than it processes', async () => {
    const served = await post('/v2/chat', body);
    expect(buckets(json(served).usage)).toEqual(served.entry.usage);
    expect(served.entry.responseId).toBe(json(served).id);
    const streamed = await post('/v2/chat', { ...body, stream: true });
    const last = serverSent(streamed).at(-1);
    expect(last.type).toBe('message-end');
    expect(buckets(last.delta.usage)).toEqual(streamed.entry.usage);
  });

  test('chat of the first version streams a document a line', async () => {
    const asked = { model: 'command-a-03-2025', message: LONG_PROMPT };
    const served = await post('/v1/chat', asked);
    expect(buckets(json(served).meta)).toEqual(served.entry.usage);
    const streamed = await post('/v1/chat', { ...asked, stream: true });
    const lines = streamed.bytes.toString().trimEnd().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '');
    expect(last).toMatchObject({ event_type: 'stream-end', is_finished: true });
    expect(buckets(last.response.meta)).toEqual(streamed.entry.usage);
  });

  test.each(['/v1/rerank', '/v2/rerank'])('%s is billed by the search', async (path) => {
    const documents = Array.from({ length: 101 }, (_, index) => `parcel ${index}`);
    const served = await post(path, { model: 'rerank-v3.5', query: 'late', documents, top_n: 3 });
    const { results, meta } = json(served);
    expect(results).toHaveLength(3);
    expect(meta.billed_units).toEqual({ search_units: 2 });
    expect(served.entry).toMatchObject({ api: 'rerank', usage: { rerankSearches: 2 } });
  });

  test('embed', async () => {
    const served = await post('/v1/embed', { model: 'embed-v4.0', texts: ['late parcel'] });
    expect(json(served).meta.billed_units.input_tokens).toBe(served.entry.usage?.input);
  });
});

describe('OpenAI', () => {
  test.each(['flex', 'priority'])('answers in the %s tier when it is asked to', async (tier) => {
    const chat = await post('/v1/chat/completions', {
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'Hi' }],
      service_tier: tier,
    });
    expect([json(chat).service_tier, chat.entry.serviceTier]).toEqual([tier, tier]);
    const response = await post('/v1/responses', { model: 'gpt-5-mini', input: 'Hi', service_tier: tier });
    expect([json(response).service_tier, response.entry.serviceTier]).toEqual([tier, tier]);
  });

  test('has no tier in the ledger for the usual one', async () => {
    const chat = await post('/v1/chat/completions', {
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'Hi' }],
      service_tier: 'auto',
    });
    expect([json(chat).service_tier, chat.entry.serviceTier]).toEqual(['default', null]);
  });

  test('counts what it writes into the cache where that is billed', async () => {
    const written: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      const served = await post('/v1/chat/completions', {
        model: 'gpt-5.6-terra',
        messages: [{ role: 'user', content: `${index} ${LONG_PROMPT}` }],
      });
      const { prompt_tokens: prompt, prompt_tokens_details: details } = json(served).usage;
      const { cached_tokens: cacheRead, cache_write_tokens: cacheWrite } = details;
      const { input = 0 } = served.entry.usage ?? {};
      expect(prompt).toBe(input + cacheRead + cacheWrite);
      expect(served.entry.usage?.cacheWrite ?? 0).toBe(cacheWrite);
      written.push(cacheWrite);
    }
    expect(Math.max(...written)).toBeGreaterThan(0);
  });
});

test('a path that is no path of a model is not served', async () => {
  for (const path of ['/model//converse', '/model/a/b/converse', '/model/%E0%A4%A/converse']) {
    const response = await fetch(`${emulator.url}${path}`, { method: 'POST', body: '{}' });
    expect([path, response.status]).toEqual([path, 404]);
  }
});
