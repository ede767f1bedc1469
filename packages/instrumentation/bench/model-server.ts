/** An OpenAI-compatible model server. It runs in a process of its own, so that its CPU time is not measured. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import { EVENTS_PER_STREAM, LARGE_STREAM_BYTES, type Route } from './measurement.ts';

const usage = {
  prompt_tokens: 1200,
  completion_tokens: EVENTS_PER_STREAM,
  total_tokens: 1200 + EVENTS_PER_STREAM,
  prompt_tokens_details: { cached_tokens: 1024, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};

function event(choices: readonly object[], rest: object = {}): string {
  const chunk = {
    id: 'chatcmpl-0123456789abcdef',
    object: 'chat.completion.chunk',
    created: 1_795_217_778,
    model: 'gpt-5-mini-2025-08-07',
    service_tier: 'default',
    system_fingerprint: 'fp_0123456789',
    choices,
    ...rest,
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

const delta = (content: string): string =>
  event([{ index: 0, delta: { content }, logprobs: null, finish_reason: null }], { usage: null });

/** The last delta, then the usage that `stream_options` asks for. */
const ENDING = [
  event([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }], { usage: null }),
  event([], { usage }),
  'data: [DONE]\n\n',
].join('');

const EVENTS = [
  ...Array.from({ length: EVENTS_PER_STREAM }, (_each, index) => delta(` word${index}`)),
  ENDING,
];
const BURST = EVENTS.join('');

const JSON_ANSWER = JSON.stringify({
  id: 'chatcmpl-0123456789abcdef',
  object: 'chat.completion',
  created: 1_795_217_778,
  model: 'gpt-5-mini-2025-08-07',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'The answer is forty-two. '.repeat(8),
        refusal: null,
        annotations: [],
      },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage,
  service_tier: 'default',
});

/** Each event compressed and flushed by itself, as a server does that does not hold back its answer. */
async function gzipped(pieces: readonly string[]): Promise<Buffer[]> {
  const gzip = createGzip();
  const compressed: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => compressed.push(chunk));
  const result: Buffer[] = [];
  for (const piece of pieces) {
    gzip.write(piece);
    await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    result.push(Buffer.concat(compressed.splice(0)));
  }
  gzip.end();
  await once(gzip, 'end');
  return [...result, Buffer.concat(compressed)];
}

async function paced(response: ServerResponse, pieces: readonly (string | Buffer)[]): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return;
    response.write(piece);
    await delay(1);
  }
  response.end();
}

/** As fast as it is read, and no faster; until the client leaves. */
async function long(response: ServerResponse, bytes: number): Promise<void> {
  const piece = delta(' lorem ipsum'.repeat(300)).repeat(4);
  const pieces = function* (): Generator<string> {
    for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
    yield ENDING;
  };
  await pipeline(Readable.from(pieces()), response).catch(() => {});
}

const GZIPPED = await gzipped(EVENTS);
const SSE = { 'content-type': 'text/event-stream; charset=utf-8' };

const ROUTES: Record<Route, (response: ServerResponse) => unknown> = {
  json: (response) =>
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(JSON_ANSWER),
      })
      .end(JSON_ANSWER),
  burst: (response) => response.writeHead(200, SSE).end(BURST),
  paced: (response) => paced(response.writeHead(200, SSE), EVENTS),
  gzip: (response) => paced(response.writeHead(200, { ...SSE, 'content-encoding': 'gzip' }), GZIPPED),
  large: (response) => long(response.writeHead(200, SSE), LARGE_STREAM_BYTES),
  /** More than what a client reads ahead, so that the answer stays open unless it is read. */
  unread: (response) => long(response.writeHead(200, SSE), 256 * 1024),
};

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  request.resume();
  request.on('end', () => ROUTES[request.url?.split('/')[1] as Route](response));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
