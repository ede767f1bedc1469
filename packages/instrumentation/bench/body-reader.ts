/**
 * Bytes of answers per second, in one thread: read by Costspan, parsed whole by `JSON.parse` as an SDK does, and
 * searched by a bare native `indexOf`, the least that any reader has to do.
 *
 * 1. Server-sent events come in chunks of one event each, and in chunks of 16 KiB; documents in chunks of 16 KiB.
 * 2. A round measures the three one after the other, in a changing order. Figures are medians over the rounds.
 *
 *   node --conditions=@costspan/source packages/instrumentation/bench/body-reader.ts
 */
import { gzipSync, gunzipSync } from 'node:zlib';
import { openBodyReader } from '../src/body/body-reader.ts';
import { compileFields } from '../src/body/field-tree.ts';

const ROUNDS = 15;
const ROUND_MILLIS = 60;
const REPEATS = 4;
const CHUNK_BYTES = 16 * 1024;

const FIELDS = compileFields([
  'id',
  'model',
  'object',
  'usage',
  'service_tier',
  'choices.*.finish_reason',
  'type',
  'response.id',
  'response.model',
  'response.status',
  'response.usage',
  'message.usage',
  'error.code',
  'error.type',
]);
const EVENT_KEYS = ['usage', 'finish_reason', 'error'];

interface Workload {
  readonly name: string;
  readonly contentType: string;
  readonly chunks: readonly Buffer[];
  readonly contentEncoding?: string;
}

const usage = {
  prompt_tokens: 1200,
  completion_tokens: 350,
  total_tokens: 1550,
  prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 128, audio_tokens: 0 },
};

function chatEvent(delta: object, finishReason: string | null, tokens: object | null): Buffer {
  const event = {
    id: 'chatcmpl-0123456789abcdefghij',
    object: 'chat.completion.chunk',
    created: 1_795_217_778,
    model: 'gpt-5-mini-2025-08-07',
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    usage: tokens,
    obfuscation: 'aB3dE5fG7',
  };
  return Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
}

function anthropicEvent(index: number): Buffer {
  const delta = { type: 'text_delta', text: `word ${index} of it` };
  const event = { type: 'content_block_delta', index: 0, delta };
  return Buffer.from(`event: content_block_delta\ndata: ${JSON.stringify(event)}\n\n`);
}

function times<Item>(count: number, item: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_each, index) => item(index));
}

function inChunks(bytes: Buffer, size: number): Buffer[] {
  return times(Math.ceil(bytes.length / size), (index) => bytes.subarray(index * size, (index + 1) * size));
}

function workloads(): Workload[] {
  const chat = [
    ...times(300, (index) => chatEvent({ content: ` token${index}` }, null, null)),
    chatEvent({}, 'stop', usage),
    Buffer.from('data: [DONE]\n\n'),
  ];
  const anthropic = [
    Buffer.from(
      `event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":1}}}\n\n`,
    ),
    ...times(300, anthropicEvent),
    Buffer.from(`event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":7}}\n\n`),
  ];
  const answer = (content: string): string =>
    JSON.stringify({
      id: 'chatcmpl-0123456789abcdefghij',
      object: 'chat.completion',
      model: 'gpt-5-mini-2025-08-07',
      choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
      usage,
      service_tier: 'default',
    });
  const prose = 'A sentence of the kind that models write, with "quotes" in it.\n';
  const small = Buffer.from(answer(prose.repeat(24)));
  const embedding = times(1536, (index) => Math.sin(index * 1.7) / 30);
  const embeddings = {
    object: 'list',
    data: times(64, (index) => ({ object: 'embedding', index, embedding })),
    usage,
  };
  const tools = times(2000, (index) => ({
    name: `tool_${index}`,
    arguments: { city: `town ${index}`, days: index, units: null },
  }));
  const sse = { contentType: 'text/event-stream' };
  const json = { contentType: 'application/json' };
  return [
    { ...sse, name: 'chat events, one a chunk', chunks: chat },
    { ...sse, name: 'chat events, 16 KiB', chunks: inChunks(Buffer.concat(chat), CHUNK_BYTES) },
    { ...sse, name: 'Anthropic events, one a chunk', chunks: anthropic },
    { ...sse, name: 'events in chunks of 100 B', chunks: inChunks(Buffer.concat(chat), 100) },
    { ...json, name: 'answer of 2 KB', chunks: [small] },
    { ...json, name: 'answer of 2 KB, gzip', chunks: [gzipSync(small)], contentEncoding: 'gzip' },
    {
      ...json,
      name: 'string of 32 MiB',
      chunks: inChunks(Buffer.from(answer('x'.repeat(32 << 20))), CHUNK_BYTES),
    },
    {
      ...json,
      name: 'prose of 1 MiB',
      chunks: inChunks(Buffer.from(answer(prose.repeat(16_000))), CHUNK_BYTES),
    },
    {
      ...json,
      name: 'objects of 200 KB',
      chunks: inChunks(Buffer.from(JSON.stringify({ tools, usage })), CHUNK_BYTES),
    },
    {
      ...json,
      name: '64 embeddings',
      chunks: inChunks(Buffer.from(JSON.stringify(embeddings)), CHUNK_BYTES),
    },
  ];
}

function readByCostspan({ contentType, chunks, contentEncoding }: Workload): number {
  let documents = 0;
  const reader = openBodyReader({
    contentType,
    contentEncoding,
    fields: FIELDS,
    eventKeys: EVENT_KEYS,
    onDocument: () => {
      documents++;
    },
    onFailure: (failure) => {
      throw new Error(failure);
    },
  });
  for (const chunk of chunks) reader?.push(chunk);
  reader?.end();
  return documents;
}

/** What an SDK does at the least: decodes the text, and parses the body or every event whole. */
function parseWhole({ contentType, chunks, contentEncoding }: Workload): number {
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  const text = (contentEncoding === undefined ? bytes : gunzipSync(bytes)).toString();
  if (contentType === 'application/json') return Object.keys(JSON.parse(text) as object).length;
  let documents = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith('data: {')) continue;
    JSON.parse(line.slice(6));
    documents++;
  }
  return documents;
}

const NEEDLE = Buffer.from('"usage":{');

function search({ chunks, contentEncoding }: Workload): number {
  let found = 0;
  for (const chunk of chunks) {
    if ((contentEncoding === undefined ? chunk : gunzipSync(chunk)).includes(NEEDLE)) found++;
  }
  return found;
}

const READERS = { costspan: readByCostspan, parse: parseWhole, search };
type Reader = keyof typeof READERS;

/** Microseconds of CPU for one reading of the whole workload, as other processes would lengthen the time. */
function measure(read: (workload: Workload) => number, workload: Workload): number {
  const start = process.cpuUsage();
  let used = 0;
  let documents = 0;
  let count = 0;
  while (used < ROUND_MILLIS * 1000) {
    for (let repeat = 0; repeat < REPEATS; repeat++) documents += read(workload);
    count += REPEATS;
    const { user, system } = process.cpuUsage(start);
    used = user + system;
  }
  if (documents === 0) throw new Error('nothing was read');
  return used / count;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}

const only = process.argv[2];
console.log('| workload | MB/s | CPU µs | × JSON.parse | × indexOf |\n|---|---|---|---|---|');
for (const workload of workloads()) {
  if (only !== undefined && !workload.name.includes(only)) continue;
  const micros: Record<Reader, number[]> = { costspan: [], parse: [], search: [] };
  const order: Reader[] = ['costspan', 'parse', 'search'];
  for (let round = 0; round < ROUNDS; round++) {
    for (const reader of order) micros[reader].push(measure(READERS[reader], workload));
    order.push(order.shift()!);
  }
  const bytes = workload.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const ratio = (other: Reader): string =>
    median(micros.costspan.map((value, round) => value / micros[other][round]!)).toFixed(2);
  const own = median(micros.costspan);
  const speed = (bytes / own).toFixed(0);
  console.log(`| ${workload.name} | ${speed} | ${own.toFixed(1)} | ${ratio('parse')} | ${ratio('search')} |`);
}
