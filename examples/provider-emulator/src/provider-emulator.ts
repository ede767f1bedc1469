import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { TokenUsage } from '@costspan/cost-model';
import { sendBody, sendEvents, sendJson } from './answer-writer.ts';
import { BackgroundCalls } from './background-calls.ts';
import { type ContentEncoding, drawEncoding } from './content-encoding.ts';
import { drawAnswer } from './draw-answer.ts';
import { FaultPlan } from './fault-plan.ts';
import { startHttpListener } from './http-listener.ts';
import { Ledger, type LedgerEntry } from './ledger.ts';
import { modelSnapshot } from './model-snapshot.ts';
import { BODY_BYTES_MAX, readCall, receiveBody } from './request-body.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';
import { serverSentEvents } from './server-sent-events.ts';
import type { ModelAnswer, WireApi, WireCall } from './wire-api.ts';
import { findWireRoute, SERVED_PATHS } from './wire-routes.ts';

export { clientEnvironment } from './client-environment.ts';
export type { LedgerEntry, ProviderApi, ProviderName, ServedStatus } from './ledger.ts';
export { type SeededRandom, seededRandom } from './seeded-random.ts';

const LATENCY_MILLIS = { min: 1, max: 30 };
const EVENT_PAUSE_MILLIS = { min: 0, max: 3 };
/** When to retry: in whole seconds, and sooner where an SDK reads milliseconds. */
const RETRY_AFTER = { 'retry-after': '1', 'retry-after-ms': '60', 'x-should-retry': 'true' };

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
    backgroundCalls: new BackgroundCalls(),
    seen: new Map(),
  };
  const listener = await startHttpListener(port, (request, response) => {
    handle(run, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: { message: String(error) } });
    });
  });
  return {
    url: listener.url,
    ledger: () => run.ledger.entries(),
    close: () => listener.close(),
  };
}

/** The state of one emulator. */
interface Run {
  readonly ledger: Ledger;
  readonly seed: number;
  readonly faultPlan: FaultPlan | undefined;
  readonly backgroundCalls: BackgroundCalls;
  /** How often each request body came; as bounded as the ledger. */
  readonly seen: Map<string, number>;
}

async function handle(run: Run, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (request.method === 'GET' && answerQuestion(run, path, request, response)) return;
  const route = request.method === 'POST' ? findWireRoute(path) : undefined;
  if (route === undefined) {
    const known = SERVED_PATHS.map((known) => `POST ${known}`).join(', ');
    sendJson(response, 404, { error: { message: `not served here; known: ${known}, GET /ledger` } });
    return;
  }
  const { api } = route;
  const startUnixMillis = Date.now();
  const body = await receiveBody(request);
  if (body === undefined) {
    const message = `the body is larger than ${BODY_BYTES_MAX} bytes`;
    const headers = { connection: 'close', ...api.errorHeaders?.('request_too_large') };
    sendJson(response, 413, api.error('request_too_large', message), { headers });
    return;
  }
  const call = await readCall(route, body, request.headers['content-type']);
  if (typeof call === 'string') {
    const headers = api.errorHeaders?.('invalid_request_error');
    sendJson(response, 400, api.error('invalid_request_error', call), { headers });
    return;
  }
  const sequence = run.ledger.admit();
  if (sequence === undefined) {
    const message = 'the ledger is full: start a new emulator';
    const headers = api.errorHeaders?.('overloaded_error');
    sendJson(response, 503, api.error('overloaded_error', message), { headers });
    return;
  }
  const received: ReceivedCall = {
    api,
    call,
    path,
    startUnixMillis,
    ...draws(run, path, body),
    acceptEncoding: request.headers['accept-encoding']?.toString(),
    identity: {
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
    },
  };
  const served = await serve(run, received, response);
  if (served !== 'in background') run.ledger.record({ ...received.identity, ...served });
}

/** Answers the questions about the ledger and about calls in the background; false when it is another one. */
function answerQuestion(run: Run, path: string, request: IncomingMessage, response: ServerResponse): boolean {
  const encoding = drawEncoding(request.headers['accept-encoding']?.toString(), seededRandom(path));
  if (path === '/ledger') {
    sendJson(response, 200, { entries: run.ledger.entries() }, { encoding });
    return true;
  }
  const reply = run.backgroundCalls.ask(path);
  if (reply === undefined) return false;
  if (reply.finished !== undefined) run.ledger.record(reply.finished);
  sendJson(response, 200, reply.body, { encoding });
  return true;
}

type Served = Pick<LedgerEntry, 'status' | 'usage' | 'usageReported' | 'responseId'>;

interface ReceivedCall extends Draws {
  readonly api: WireApi;
  readonly call: WireCall;
  readonly path: string;
  readonly startUnixMillis: number;
  readonly acceptEncoding: string | undefined;
  /** What is known of the ledger's entry beforehand. */
  readonly identity: Omit<LedgerEntry, keyof Served>;
}

interface Draws {
  /** How often the same request came before. */
  readonly attempt: number;
  readonly random: SeededRandom;
  readonly faultRandom: SeededRandom;
  readonly encodingRandom: SeededRandom;
}

/**
 * All draws come from the seed and the request's own body, so the answers of a run do not depend on the order in
 * which concurrent clients happen to send.
 */
function draws(run: Run, path: string, body: Buffer): Draws {
  const fingerprint = createHash('sha256').update(`${run.seed} ${path} `).update(body).digest('hex');
  const attempt = run.seen.get(fingerprint) ?? 0;
  run.seen.set(fingerprint, attempt + 1);
  return {
    attempt,
    random: seededRandom(`answer ${fingerprint} ${attempt}`),
    faultRandom: seededRandom(`fault ${fingerprint}`),
    encodingRandom: seededRandom(`encoding ${fingerprint} ${attempt}`),
  };
}

/** Answers one request. */
async function serve(
  run: Run,
  received: ReceivedCall,
  response: ServerResponse,
): Promise<Served | 'in background'> {
  const { api, call, random, attempt, faultRandom } = received;
  await delay(random.integer(LATENCY_MILLIS.min, LATENCY_MILLIS.max));
  const encoding = drawEncoding(received.acceptEncoding, received.encodingRandom);
  if (run.faultPlan?.refuses(api.provider, attempt, faultRandom) === true) {
    const headers = api.errorHeaders?.('rate_limit_error') ?? RETRY_AFTER;
    const body = api.error('rate_limit_error', 'Rate limit reached, try again later.');
    sendJson(response, 429, body, { headers, encoding });
    return { status: 'rate_limited', usage: null, usageReported: false, responseId: null };
  }
  const answer = drawAnswer(api.api, call.request, random, received.startUnixMillis);
  const responseId = call.responseId(answer);
  const complete: Served = {
    status: 'ok',
    usage: answer.usage,
    usageReported: call.usageReported,
    responseId,
  };
  const options = { headers: call.headers?.(answer), encoding };
  if (call.request.streamed) {
    const outcome = await stream(run, received, { answer, encoding }, response);
    if (outcome.complete) return complete;
    return {
      status: 'dropped',
      usage: usageSoFar(answer, outcome.pieces),
      usageReported: false,
      responseId,
    };
  }
  if (call.background !== undefined) {
    const { path, identity } = received;
    const entry = { ...identity, ...complete };
    run.backgroundCalls.start({ path, call, background: call.background, answer, entry });
    sendJson(response, 200, call.background.pendingBody(answer, 0), options);
    return 'in background';
  }
  const raw = call.rawBody?.(answer);
  if (raw === undefined) sendJson(response, 200, call.body(answer), options);
  else sendBody(response, 200, raw, options);
  return complete;
}

async function stream(
  run: Run,
  { api, call, random, faultRandom }: ReceivedCall,
  { answer, encoding }: { readonly answer: ModelAnswer; readonly encoding: ContentEncoding | undefined },
  response: ServerResponse,
): Promise<{ pieces: number; complete: boolean }> {
  const pieces = answer.textPieces.length;
  const drops = run.faultPlan?.drops(pieces, faultRandom) === true;
  return sendEvents(response, call.events(answer), {
    framing: api.framing ?? serverSentEvents,
    headers: call.headers?.(answer),
    encoding,
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
