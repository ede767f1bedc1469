/** Ollama, Anthropic's models in Vertex AI, and tool arguments that look like usage, compared with the ledger. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type LedgerEntry, type ProviderEmulator, startProviderEmulator } from '../src/provider-emulator.ts';

let emulator: ProviderEmulator;
beforeAll(async () => {
  emulator = await startProviderEmulator({ faults: false });
});
afterAll(() => emulator.close());

async function post(path: string, body: object): Promise<{ text: string; entry: LedgerEntry }> {
  const before = emulator.ledger().length;
  const response = await fetch(`${emulator.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const text = await response.text();
  expect([response.status, text]).toEqual([200, text]);
  return { text, entry: await vi.waitFor(() => emulator.ledger()[before] ?? expect.fail('no entry')) };
}

describe('Ollama', () => {
  const body = { model: 'llama3.2', messages: [{ role: 'user', content: 'Why is the sky blue?' }] };

  test('chat streams documents unless it is told not to; the last one has the counts', async () => {
    const { text, entry } = await post('/api/chat', body);
    const lines = text.trimEnd().split('\n');
    const documents = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(documents.length).toBeGreaterThan(2);
    expect(documents.slice(0, -1).every((document) => !('eval_count' in document))).toBe(true);
    expect(documents.at(-1)).toMatchObject({
      done: true,
      prompt_eval_count: entry.usage?.input,
      eval_count: entry.usage?.output,
      eval_duration: (entry.usage?.output ?? 0) * 25_000_000,
    });
    expect(entry).toMatchObject({ provider: 'ollama', streamed: true, responseId: null });
  });

  test('chat in one document', async () => {
    const { text, entry } = await post('/api/chat', { ...body, stream: false });
    expect(JSON.parse(text)).toMatchObject({
      model: 'llama3.2',
      message: { role: 'assistant' },
      prompt_eval_count: entry.usage?.input,
      eval_count: entry.usage?.output,
    });
    expect(entry.streamed).toBe(false);
  });
});

describe("Anthropic's models in Vertex AI", () => {
  const path = '/v1/projects/p/locations/europe-west1/publishers/anthropic/models/claude-haiku-4-5@20251001';
  const body = {
    anthropic_version: 'vertex-2023-10-16',
    max_tokens: 500,
    messages: [{ role: 'user', content: 'Hello' }],
  };

  test('rawPredict', async () => {
    const { text, entry } = await post(`${path}:rawPredict`, body);
    const { id, model, usage } = JSON.parse(text) as { id: string; model: string; usage: object };
    expect(id).toMatch(/^msg_vrtx_/);
    expect(model).toBe('claude-haiku-4-5-20251001');
    expect(usage).toMatchObject({ input_tokens: entry.usage?.input, output_tokens: entry.usage?.output });
    expect(entry).toMatchObject({
      provider: 'gcp.vertex_ai',
      requestModel: 'claude-haiku-4-5@20251001',
      responseModel: model,
      responseId: id,
    });
  });

  test('streamRawPredict', async () => {
    const { text, entry } = await post(`${path}:streamRawPredict`, { ...body, stream: true });
    expect(text).toContain('event: message_start');
    expect(text).toContain(`"output_tokens":${entry.usage?.output}`);
    expect(entry).toMatchObject({ provider: 'gcp.vertex_ai', streamed: true });
  });
});

describe('a tool named find_usage', () => {
  const user = { role: 'user', content: 'What did it cost?' };
  const parameters = { type: 'object', properties: {} };
  const functionTool = { type: 'function', function: { name: 'find_usage', parameters } };
  const CALLS: readonly (readonly [path: string, body: object])[] = [
    ['/v1/chat/completions', { model: 'gpt-5-mini', messages: [user], tools: [functionTool] }],
    [
      '/v1/messages',
      {
        model: 'claude-haiku-4-5',
        max_tokens: 500,
        messages: [user],
        tools: [{ name: 'find_usage', input_schema: parameters }],
      },
    ],
    [
      '/v1beta/models/gemini-3.5-flash:generateContent',
      {
        contents: [{ parts: [{ text: 'What?' }] }],
        tools: [{ functionDeclarations: [{ name: 'find_usage' }] }],
      },
    ],
    [
      '/model/amazon.nova-lite-v1:0/converse',
      {
        messages: [{ role: 'user', content: [{ text: 'What?' }] }],
        toolConfig: { tools: [{ toolSpec: { name: 'find_usage', inputSchema: { json: parameters } } }] },
      },
    ],
    ['/api/chat', { model: 'llama3.2', messages: [user], tools: [functionTool], stream: false }],
  ];

  test.each(CALLS)('is called with what looks like usage: %s', async (path, body) => {
    const { text, entry } = await post(path, body);
    expect(text).toContain('not-a-response');
    expect(Math.max(...Object.values(entry.usage ?? {}))).toBeLessThan(20_000);
    // The counts that are made up are far larger than any that is served.
    expect(text).toMatch(/\b[78]\d{5}\b/);
  });
});
