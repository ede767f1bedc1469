/** Whatever the emulator serves, in whatever encoding, the usage that is read off the wire is the ledger's. */
import type { ModelCall, TokenUsage } from '@costspan/cost-model';
import {
  type LedgerEntry,
  type ProviderEmulator,
  startProviderEmulator,
} from '@costspan-examples/provider-emulator';
import { WireInstrumentation } from '@costspan/instrumentation';
import { LiveSpanView, readSpan } from '@costspan/semconv';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
let emulator: ProviderEmulator;
let wire: WireInstrumentation;

beforeAll(async () => {
  emulator = await startProviderEmulator({ faults: false });
  wire = new WireInstrumentation();
  wire.setTracerProvider(provider);
});
afterAll(async () => {
  wire.disable();
  await provider.shutdown();
  await emulator.close();
});
beforeEach(() => {
  exporter.reset();
});

const LONG_TEXT = 'Please sum up what the customer reported about the parcel. '.repeat(120);
const PARAMETERS = { type: 'object', properties: {} };
const DECOY = 'find_usage';
const FUNCTION = { type: 'function', function: { name: DECOY, parameters: PARAMETERS } };
const MESSAGES = [
  { role: 'system', content: LONG_TEXT },
  { role: 'user', content: 'Hello' },
];
const chat = (model: string) => ({ model, messages: MESSAGES });
const inline = { stream: true, stream_options: { include_usage: true } };
const responses = { model: 'gpt-5-mini', input: LONG_TEXT };
const messages = {
  max_tokens: 2000,
  system: [{ type: 'text', text: LONG_TEXT, cache_control: { type: 'ephemeral', ttl: '1h' } }],
  messages: [{ role: 'user', content: LONG_TEXT }],
};
const claude = { model: 'claude-sonnet-4-6', ...messages };
const gemini = { contents: [{ role: 'user', parts: [{ text: LONG_TEXT }] }] };
const converse = {
  system: [{ text: LONG_TEXT }, { cachePoint: { type: 'default' } }],
  messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
};
const embedding = { model: 'text-embedding-3-small', input: ['late parcel', LONG_TEXT] };
const speech = { model: 'gpt-4o-mini-tts', voice: 'coral', input: 'Your parcel is on its way.' };
const onBedrock = '/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0';
const onVertex = '/v1/projects/p/locations/europe-west1/publishers';
const vertexClaude = `${onVertex}/anthropic/models/claude-haiku-4-5@20251001`;
const vertexBody = { anthropic_version: 'vertex-2023-10-16', ...messages };
const bedrockBody = { anthropic_version: 'bedrock-2023-05-31', ...messages };

function recording(fields: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array(100_000)]), 'call.wav');
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

const CALLS: readonly (readonly [path: string, body: object])[] = [
  ['/v1/chat/completions', chat('gpt-5-mini')],
  ['/v1/chat/completions', { ...chat('gpt-5.6-terra'), ...inline }],
  ['/v1/chat/completions', { ...chat('gpt-5-mini'), service_tier: 'flex' }],
  ['/v1/chat/completions', { ...chat('gpt-5-mini'), tools: [FUNCTION] }],
  ['/v1/chat/completions', { ...chat('gpt-5-mini'), tools: [FUNCTION], ...inline }],
  ['/v1/chat/completions', { ...chat('gpt-5-mini'), stream: true }],
  ['/v1/responses', responses],
  ['/v1/responses', { ...responses, stream: true }],
  ['/v1/responses', { ...responses, tools: [{ type: 'function', name: DECOY, parameters: PARAMETERS }] }],
  ['/v1/embeddings', embedding],
  ['/v1/images/generations', { model: 'gpt-image-1', prompt: 'A parcel', n: 2 }],
  ['/v1/images/generations', { model: 'gpt-image-1', prompt: 'A parcel', stream: true, partial_images: 1 }],
  ['/v1/audio/transcriptions', recording({ model: 'gpt-4o-transcribe' })],
  ['/v1/audio/transcriptions', recording({ model: 'gpt-4o-transcribe', stream: 'true' })],
  ['/v1/audio/transcriptions', recording({ model: 'whisper-1', response_format: 'verbose_json' })],
  ['/v1/audio/speech', { ...speech, stream_format: 'sse' }],
  ['/openai/deployments/gpt-4.1-mini/chat/completions', { messages: MESSAGES }],
  ['/openai/deployments/gpt-4.1-mini/chat/completions', { messages: MESSAGES, ...inline }],
  ['/openai/deployments/text-embedding-3-small/embeddings', { input: 'late parcel' }],
  ['/openai/v1/chat/completions', chat('gpt-4.1-mini')],
  ['/openai/responses', responses],
  ['/v1/messages', claude],
  ['/v1/messages', { ...claude, stream: true }],
  ['/v1/messages', { ...claude, tools: [{ name: DECOY, input_schema: PARAMETERS }] }],
  ['/v1/messages', { ...claude, tools: [{ name: DECOY, input_schema: PARAMETERS }], stream: true }],
  [`${onBedrock}/converse`, converse],
  [`${onBedrock}/converse-stream`, converse],
  [`${onBedrock}/converse`, { ...converse, serviceTier: { type: 'flex' } }],
  [
    `${onBedrock}/converse-stream`,
    {
      ...converse,
      toolConfig: { tools: [{ toolSpec: { name: DECOY, inputSchema: { json: PARAMETERS } } }] },
    },
  ],
  [`${onBedrock}/invoke`, bedrockBody],
  [`${onBedrock}/invoke-with-response-stream`, bedrockBody],
  ['/v1beta/models/gemini-3.5-flash:generateContent', gemini],
  ['/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse', gemini],
  [
    '/v1beta/models/gemini-3.5-flash:generateContent',
    { ...gemini, tools: [{ functionDeclarations: [{ name: DECOY }] }] },
  ],
  [
    '/v1beta/models/gemini-embedding-001:batchEmbedContents',
    { requests: [{ content: { parts: [{ text: LONG_TEXT }] } }] },
  ],
  [`${onVertex}/google/models/gemini-3.5-flash:generateContent`, gemini],
  [`${onVertex}/google/models/gemini-3.5-flash:streamGenerateContent?alt=sse`, gemini],
  [`${onVertex}/google/models/gemini-embedding-001:predict`, { instances: [{ content: LONG_TEXT }] }],
  [`${vertexClaude}:rawPredict`, vertexBody],
  [`${vertexClaude}:streamRawPredict`, { ...vertexBody, stream: true }],
  ['/mistral/v1/chat/completions', chat('mistral-small-latest')],
  ['/mistral/v1/chat/completions', { ...chat('mistral-small-latest'), stream: true }],
  ['/v2/chat', chat('command-a-03-2025')],
  ['/v2/chat', { ...chat('command-a-03-2025'), stream: true }],
  ['/v1/chat', { model: 'command-a-03-2025', message: LONG_TEXT, stream: true }],
  ['/v2/rerank', { model: 'rerank-v3.5', query: 'late', documents: ['one', 'two'] }],
  ['/v1/embed', { model: 'embed-v4.0', texts: ['late parcel'] }],
  ['/api/chat', chat('llama3.2')],
  ['/api/chat', { ...chat('llama3.2'), stream: false, tools: [FUNCTION] }],
];

async function send(path: string, body: object, encoding: string): Promise<LedgerEntry> {
  const before = emulator.ledger().length;
  const response = await fetch(`${emulator.url}${path}`, {
    method: 'POST',
    headers: { 'accept-encoding': encoding },
    body: body instanceof FormData ? body : JSON.stringify(body),
  });
  // What `fetch` cannot decode arrives as it is.
  await response.arrayBuffer();
  expect(response.status).toBe(200);
  return vi.waitFor(() => emulator.ledger()[before] ?? expect.fail('no entry'));
}

/** The ledger has no zeros. */
function nonZero(usage: TokenUsage | undefined): TokenUsage | undefined {
  return usage && Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== 0));
}

async function reportedCall(): Promise<ModelCall> {
  const span = await vi.waitFor(() => {
    const [span, ...more] = exporter.getFinishedSpans();
    expect(more).toEqual([]);
    return span ?? expect.fail('no span');
  });
  const reading = readSpan(new LiveSpanView(span));
  return reading?.kind === 'model_call' ? reading.call : expect.fail('no model call');
}

test.each(CALLS)('%s %#', async (path, body) => {
  for (const encoding of ['identity', 'gzip', 'br', 'zstd', 'deflate']) {
    exporter.reset();
    const entry = await send(path, body, encoding);
    const call = await reportedCall();
    const seen = {
      usage: nonZero(call.usage),
      responseId: call.responseId ?? null,
      missing: call.usageMissing,
    };
    expect([encoding, seen]).toEqual([
      encoding,
      entry.usageReported
        ? { usage: entry.usage, responseId: entry.responseId, missing: undefined }
        : { usage: undefined, responseId: entry.responseId, missing: 'stream_usage_not_requested' },
    ]);
    expect([entry.requestModel, entry.responseModel]).toContain(call.responseModel ?? call.requestModel);
    expect(call.requestModel).toBe(body instanceof FormData ? call.requestModel : entry.requestModel);
  }
  expect([...wire.failures]).toEqual([]);
});

test.each([
  ['/v1/responses', { ...responses, background: true }],
  ['/v1/batches', { input_file_id: 'file-1', endpoint: '/v1/responses', completion_window: '24h' }],
])('%s in the background is reported once, when it is finished', async (path, body) => {
  const started = await fetch(`${emulator.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const { id } = (await started.json()) as { id: string };
  for (let question = 0; question < 4; question += 1)
    await (await fetch(`${emulator.url}${path}/${id}`)).json();
  const call = await reportedCall();
  const entry = emulator.ledger().find(({ responseId }) => responseId === id);
  expect([call.responseId, nonZero(call.usage)]).toEqual([id, entry?.usage]);
});
