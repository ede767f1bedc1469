import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TokenUsage } from '@costspan/cost-model';
import { ZodError } from 'zod';
import { sendEvents, sendJson } from './answer-writer.ts';
import { drawAnswer } from './draw-answer.ts';
import { FaultPlan } from './fault-plan.ts';
import { Ledger, type LedgerEntry } from './ledger.ts';
import { modelSnapshot } from './model-snapshot.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import { serverSentEvents } from './server-sent-events.ts';
import type { ModelAnswer, WireApi, WireCall } from './wire-api.ts';
import { findWireRoute, SERVED_PATHS, type WireRoute } from './wire-routes.ts';

export type { LedgerEntry, ProviderApi, ProviderName, ServedStatus } from './ledger.ts';
export { type SeededRandom, seededRandom } from './seeded-random.ts';

const HOST = '127.0.0.1';
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const LATENCY_MILLIS = { min: 1, max: 30 };
const EVENT_PAUSE_MILLIS = { min: 0, max: 3 };
/** OpenAI says when to retry in milliseconds, others in whole seconds. */
const RETRY_AFTER = { 'retry-after': '1' };
const OPENAI_RETRY_AFTER = { 'retry-after-ms': '60', ...RETRY_AFTER };
/** Longer than any pause between two requests of a client, so that no idle connection closes under one. */
const KEEP_ALIVE_MILLIS = 60_000;

export interface ProviderEmulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly seed?: number;
  /** Refuse a few requests and drop one stream. Default true. */
  readonly faults?: boolean;
}

export interface ProviderEmulator {
  /** Without a path: `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** The finished requests, in order of arrival. */
  ledger(): LedgerEntry[];
  close(): Promise<void>;
}

/**
 * Starts a loopback server that speaks the wire formats of model providers and keeps account of what it served.
 * `GET /ledger` returns the account as JSON.
 */
export async function startProviderEmulator(
  options: ProviderEmulatorOptions = {},
): Promise<ProviderEmulator> {
  const { port = 0, seed = 1, faults = true } = options;
  const run: Run = {
    ledger: new Ledger(),
    seed,
    faultPlan: faults ? new FaultPlan() : undefined,
    seen: new Map(),
  };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLIS }, (request, response) => {
    handle(run, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(request, response, { status: 500, body: { error: { message: String(error) } } });
    });
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    ledger: () => run.ledger.entries(),
    close: () => closeServer(server),
  };
}

/** The state of one emulator. */
interface Run {
  readonly ledger: Ledger;
  readonly seed: number;
  readonly faultPlan: FaultPlan | undefined;
  /** How often each request body came; as bounded as the ledger. */
  readonly seen: Map<string, number>;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function handle(run: Run, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (request.method === 'GET' && path === '/ledger') {
    sendJson(request, response, { status: 200, body: { entries: run.ledger.entries() } });
    return;
  }
  const route = request.method === 'POST' ? findWireRoute(path) : undefined;
  if (route === undefined) {
    const known = SERVED_PATHS.map((known) => `POST ${known}`).join(', ');
    const message = `not served here; known: ${known}, GET /ledger`;
    sendJson(request, response, { status: 404, body: { error: { message } } });
    return;
  }
  const { api } = route;
  const startUnixMillis = Date.now();
  const body = await readBody(request);
  if (body === undefined) {
    const message = `the body is larger than ${BODY_BYTES_MAX} bytes`;
    sendJson(request, response, {
      status: 413,
      body: api.error('request_too_large', message),
      headers: { connection: 'close' },
    });
    return;
  }
  const call = readCall(route, body);
  if (typeof call === 'string') {
    sendJson(request, response, { status: 400, body: api.error('invalid_request_error', call) });
    return;
  }
  const sequence = run.ledger.admit();
  if (sequence === undefined) {
    const full = api.error('overloaded_error', 'the ledger is full: start a new emulator');
    sendJson(request, response, { status: 503, body: full });
    return;
  }
  const served = await serve(run, { api, call, path, body, startUnixMillis }, request, response);
  run.ledger.record({
    sequence,
    path,
    api: api.api,
    provider: api.provider,
    requestModel: call.request.model,
    responseModel: modelSnapshot(call.request.model),
    streamed: call.request.streamed,
    serviceTier: call.request.serviceTier ?? null,
    traceId: traceId(request),
    startUnixMillis,
    ...served,
  });
}

/** `undefined` when the body is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The call, or what is wrong with the body. */
function readCall({ api, pathModel }: WireRoute, body: string): WireCall | string {
  try {
    return api.read(JSON.parse(body), pathModel);
  } catch (error) {
    if (error instanceof ZodError) {
      return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    }
    if (error instanceof SyntaxError) return `the body is not JSON: ${error.message}`;
    throw error;
  }
}

type Served = Pick<LedgerEntry, 'status' | 'usage' | 'usageReported' | 'responseId'>;

interface ReceivedCall {
  readonly api: WireApi;
  readonly call: WireCall;
  readonly path: string;
  readonly body: string;
  readonly startUnixMillis: number;
}

/**
 * Answers one request. All draws come from the seed and the request's own body, so the answers of a run do not
 * depend on the order in which concurrent clients happen to send.
 */
async function serve(
  run: Run,
  { api, call, path, body, startUnixMillis }: ReceivedCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Served> {
  const fingerprint = createHash('sha256').update(`${run.seed} ${path} ${body}`).digest('hex');
  const attempt = run.seen.get(fingerprint) ?? 0;
  run.seen.set(fingerprint, attempt + 1);
  const faultRandom = seededRandom(`fault ${fingerprint}`);
  const random = seededRandom(`answer ${fingerprint} ${attempt}`);
  await delay(random.integer(LATENCY_MILLIS.min, LATENCY_MILLIS.max));

  if (run.faultPlan?.refuses(attempt, faultRandom) === true) {
    sendJson(request, response, {
      status: 429,
      body: api.error('rate_limit_error', 'Rate limit reached, try again later.'),
      headers: api.provider === 'openai' ? OPENAI_RETRY_AFTER : RETRY_AFTER,
    });
    return { status: 'rate_limited', usage: null, usageReported: false, responseId: null };
  }
  const answer = drawAnswer(api.api, call.request, random, startUnixMillis);
  const responseId = call.responseId(answer);
  if (!call.request.streamed) {
    sendJson(request, response, { status: 200, body: call.body(answer), headers: call.headers?.(answer) });
    return { status: 'ok', usage: answer.usage, usageReported: true, responseId };
  }
  const outcome = await stream(run, { api, call, answer, random, faultRandom }, request, response);
  if (outcome.complete) {
    return { status: 'ok', usage: answer.usage, usageReported: call.usageReported, responseId };
  }
  return { status: 'dropped', usage: usageSoFar(answer, outcome.pieces), usageReported: false, responseId };
}

interface StreamedCall {
  readonly api: WireApi;
  readonly call: WireCall;
  readonly answer: ModelAnswer;
  readonly random: SeededRandom;
  readonly faultRandom: SeededRandom;
}

async function stream(
  run: Run,
  { api, call, answer, random, faultRandom }: StreamedCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<{ pieces: number; complete: boolean }> {
  const pieces = answer.textPieces.length;
  const drops = run.faultPlan?.drops(pieces, faultRandom) === true;
  return sendEvents(request, response, call.events(answer), {
    framing: api.framing ?? serverSentEvents,
    headers: call.headers?.(answer),
    ...(drops && { dropAfterPieces: Math.ceil(pieces / 2) }),
    pauseMillis: () => random.integer(EVENT_PAUSE_MILLIS.min, EVENT_PAUSE_MILLIS.max),
  });
}

/** What a provider bills for a broken stream: the prompt, the reasoning, and the output sent so far. */
function usageSoFar(answer: ModelAnswer, pieces: number): TokenUsage {
  const { output = 0, ...rest } = answer.usage;
  const share = pieces / Math.max(1, answer.textPieces.length);
  return { ...rest, output: Math.floor(output * share) };
}

function traceId(request: IncomingMessage): string | null {
  const traceparent = request.headers['traceparent'];
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(typeof traceparent === 'string' ? traceparent : '');
  return match?.[1] ?? null;
}
