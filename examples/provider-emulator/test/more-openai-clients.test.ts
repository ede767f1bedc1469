/** OpenAI's endpoints beside its texts, and OpenAI in Azure, with the real client. */
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import OpenAI, { AzureOpenAI, toFile } from 'openai';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type LedgerEntry, type ProviderEmulator, startProviderEmulator } from '../src/provider-emulator.ts';

let emulator: ProviderEmulator;
let client: OpenAI;
beforeAll(async () => {
  emulator = await startProviderEmulator({ faults: false });
  client = new OpenAI({ apiKey: 'k', baseURL: `${emulator.url}/v1` });
});
afterAll(() => emulator.close());

async function entryOf(call: () => Promise<unknown>): Promise<LedgerEntry> {
  const before = emulator.ledger().length;
  await call();
  return vi.waitFor(() => emulator.ledger()[before] ?? expect.fail('no entry'));
}

async function readAll<Event>(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

test('images state their tokens, whole and streamed', async () => {
  const body = { model: 'gpt-image-1', prompt: 'A parcel in the rain', quality: 'high' } as const;
  let seen: OpenAI.ImagesResponse | undefined;
  const whole = await entryOf(async () => (seen = await client.images.generate({ ...body, n: 2 })));
  expect(seen?.data).toHaveLength(2);
  expect(whole).toMatchObject({ api: 'images', responseId: null, usage: { input: 5, outputImage: 8320 } });
  expect(seen?.usage).toMatchObject({ input_tokens: 5, output_tokens: 8320, total_tokens: 8325 });

  let events: OpenAI.ImageGenStreamEvent[] = [];
  const streamed = await entryOf(async () => {
    events = await readAll(await client.images.generate({ ...body, stream: true, partial_images: 2 }));
  });
  expect(events).toHaveLength(3);
  const last = events.at(-1);
  expect(last?.type === 'image_generation.completed' && last.usage.output_tokens).toBe(4160);
  expect(streamed).toMatchObject({ streamed: true, usageReported: true, usage: { outputImage: 4160 } });
});

test('transcriptions state tokens, and those of Whisper seconds', async () => {
  const file = await toFile(Buffer.alloc(100_000), 'call.wav');
  let seen: OpenAI.Audio.Transcription | undefined;
  const tokens = await entryOf(async () => {
    seen = await client.audio.transcriptions.create({ model: 'gpt-4o-transcribe', file });
  });
  expect(tokens).toMatchObject({ api: 'transcriptions', usage: { inputAudio: 40 } });
  expect(seen?.usage).toMatchObject({
    type: 'tokens',
    input_tokens: 40,
    input_token_details: { audio_tokens: 40 },
    output_tokens: tokens.usage?.output,
  });
  let seconds: OpenAI.Audio.TranscriptionVerbose | undefined;
  const whisper = await entryOf(async () => {
    const body = { model: 'whisper-1', file, response_format: 'verbose_json' } as const;
    seconds = await client.audio.transcriptions.create(body);
  });
  expect(seconds?.usage).toEqual({ type: 'duration', seconds: 4 });
  expect(whisper.usage).toEqual({ seconds: 4 });
});

test('a transcription streams its tokens, and says nothing as plain text', async () => {
  const file = await toFile(Buffer.alloc(100_000), 'call.wav');
  const body = { model: 'gpt-4o-mini-transcribe', file, prompt: 'A complaint' };
  let last: OpenAI.Audio.TranscriptionStreamEvent | undefined;
  const streamed = await entryOf(async () => {
    const events = await readAll(await client.audio.transcriptions.create({ ...body, stream: true }));
    last = events.at(-1);
  });
  expect(last).toMatchObject({
    type: 'transcript.text.done',
    usage: { input_tokens: 43, input_token_details: { text_tokens: 3, audio_tokens: 40 } },
  });
  expect(streamed).toMatchObject({
    streamed: true,
    usageReported: true,
    usage: { input: 3, inputAudio: 40 },
  });
  const plain = await entryOf(() => client.audio.transcriptions.create({ ...body, response_format: 'text' }));
  expect(plain).toMatchObject({ usageReported: false });
});

test('speech says what it used in events alone', async () => {
  const body = { model: 'gpt-4o-mini-tts', voice: 'coral', input: 'x'.repeat(30) } as const;
  const sound = await entryOf(async () => (await client.audio.speech.create(body)).arrayBuffer());
  expect(sound).toMatchObject({ api: 'speech', usageReported: false, usage: { input: 8, outputAudio: 40 } });
  let text = '';
  const events = await entryOf(async () => {
    text = await (await client.audio.speech.create({ ...body, stream_format: 'sse' })).text();
  });
  expect(text).toContain('"usage":{"input_tokens":8,"output_tokens":40,"total_tokens":48}');
  expect(events).toMatchObject({ streamed: true, usageReported: true });
  const first = await entryOf(() => client.audio.speech.create({ ...body, model: 'tts-1' }));
  expect(first.usage).toEqual({ characters: 30 });
});

test('a batch is billed when it is completed, at half the price', async () => {
  const before = emulator.ledger().length;
  const body = { input_file_id: 'file-1', endpoint: '/v1/responses', completion_window: '24h' } as const;
  const { id, ...started } = await client.batches.create(body);
  expect(started).toMatchObject({ status: 'validating', usage: { total_tokens: 0 } });
  expect((await client.batches.retrieve(id)).status).toBe('in_progress');
  expect(emulator.ledger()).toHaveLength(before);
  const finished = await client.batches.retrieve(id);
  expect(finished.status).toBe('completed');
  await client.batches.retrieve(id);
  expect(emulator.ledger()).toHaveLength(before + 1);
  const { usage, ...entry } = emulator.ledger()[before]!;
  expect(entry).toMatchObject({ api: 'batches', responseId: id, serviceTier: 'batch' });
  expect(entry.responseModel).toBe(finished.model);
  expect(finished.usage).toMatchObject({
    input_tokens: (usage?.input ?? 0) + (usage?.cacheRead ?? 0),
    output_tokens: (usage?.output ?? 0) + (usage?.reasoning ?? 0),
  });
});

test('a response in the background is queued, and billed when it is complete', async () => {
  const before = emulator.ledger().length;
  const body = { model: 'gpt-5-mini', input: 'Hello', background: true };
  const started = await client.responses.create(body);
  expect([started.status, started.usage]).toEqual(['queued', null]);
  expect((await client.responses.retrieve(started.id)).status).toBe('in_progress');
  expect(emulator.ledger()).toHaveLength(before);
  const finished = await client.responses.retrieve(started.id);
  expect([finished.status, finished.id]).toEqual(['completed', started.id]);
  const [entry] = emulator.ledger().slice(before);
  expect(entry).toMatchObject({ api: 'responses', responseId: started.id, status: 'ok' });
  expect(finished.usage?.total_tokens).toBe(
    Object.values(entry?.usage ?? {}).reduce<number>((sum, count) => sum + count, 0),
  );
});

test('Azure serves a deployment, and begins its streams with a chunk of no model', async () => {
  const azure = new AzureOpenAI({ apiKey: 'k', endpoint: emulator.url, apiVersion: '2025-04-01-preview' });
  const body = { model: 'gpt-4.1-mini', messages: [{ role: 'user' as const, content: 'Hello' }] };
  const whole = await entryOf(() => azure.chat.completions.create(body));
  expect(whole).toMatchObject({
    path: '/openai/deployments/gpt-4.1-mini/chat/completions',
    provider: 'azure.ai.openai',
    responseModel: 'gpt-4.1-mini-2025-04-14',
  });
  let chunks: OpenAI.ChatCompletionChunk[] = [];
  const streamed = await entryOf(async () => {
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    chunks = await readAll(await azure.chat.completions.create({ ...body, ...options }));
  });
  expect(chunks[0]).toMatchObject({ id: '', model: '', choices: [] });
  expect(chunks.at(-1)?.id).toBe(streamed.responseId);
  const response = await entryOf(() => azure.responses.create({ model: 'gpt-5-mini', input: 'Hello' }));
  expect(response).toMatchObject({ path: '/openai/responses', provider: 'azure.ai.openai' });
  const embedding = await entryOf(() =>
    azure.embeddings.create({ model: 'text-embedding-3-small', input: 'x' }),
  );
  expect(embedding).toMatchObject({ api: 'embeddings', requestModel: 'text-embedding-3-small' });
});

const DECODERS = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
  deflate: inflateSync,
} as const;

/** What comes over the wire, as it is: `fetch` would decode what it can. */
async function rawAnswer(acceptEncoding: string, stream: boolean): Promise<[string | undefined, Buffer]> {
  const { request } = await import('node:http');
  const sent = request(`${emulator.url}/v1/responses`, {
    method: 'POST',
    headers: { 'accept-encoding': acceptEncoding },
  });
  sent.end(JSON.stringify({ model: 'gpt-5-mini', input: acceptEncoding, stream }));
  const response = await new Promise<import('node:http').IncomingMessage>((resolve) =>
    sent.once('response', resolve),
  );
  return [response.headers['content-encoding'], Buffer.concat((await response.toArray()) as Buffer[])];
}

test.each(Object.keys(DECODERS) as (keyof typeof DECODERS)[])(
  'compresses with %s alone',
  async (encoding) => {
    for (const stream of [false, true]) {
      const [contentEncoding, bytes] = await rawAnswer(encoding, stream);
      expect(contentEncoding).toBe(encoding);
      expect(DECODERS[encoding](bytes).toString()).toContain('"usage":{"input_tokens"');
    }
  },
);

test('draws one of the encodings that are accepted, the same for the same request', async () => {
  const drawn = new Set<string | undefined>();
  for (const preferred of [
    'gzip, deflate, br, zstd',
    'br, gzip, deflate',
    'zstd, br',
    'br;q=1.0, zstd;q=0.5',
  ]) {
    const [encoding] = await rawAnswer(preferred, false);
    expect(preferred).toContain(encoding);
    drawn.add(encoding);
  }
  expect(drawn.size).toBeGreaterThan(1);
  const [none, bytes] = await rawAnswer('identity', false);
  expect(none).toBeUndefined();
  expect(bytes.toString()).toContain('"usage"');
});
