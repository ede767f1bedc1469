import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  constants,
  createServer as createHttp2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Delivery, DELIVERIES, isDeliveryName } from './delivery.ts';
import { encodedWrites } from './encoded-writes.ts';
import { GOODBYE_PATH } from './goodbye.ts';
import { askProvider, type ProviderAnswer } from './provider-answer.ts';
import { replacedAnswer } from './replaced-answer.ts';

const HOST = '127.0.0.1';
const REQUEST_BYTES_MAX = 8 * 1024 * 1024;
/** A client that was to leave and did not is hung up on, so that a test fails in time. */
const STALL_MILLIS_MAX = 8000;
/** What was written reaches the client before its connection breaks. */
const BREAK_PAUSE_MILLIS = 150;
/** How much of an answer may lie between a server and a client that does not read. */
const IN_FLIGHT_BYTES_MAX = 24 * 1024 * 1024;

/** Those of HTTP/2 are made to be used as those of HTTP/1.1; they have the stream besides. */
type Request = IncomingMessage;
type Response = ServerResponse & { readonly stream?: ServerHttp2Stream };

/** What the server saw of one request. */
export interface SeenRequest {
  readonly behaviour: string;
  readonly protocol: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the client took the whole answer. */
  outcome: 'complete' | 'left' | 'broken' | 'open';
  /** Set where the client reads slowly: false when it read more than it was asked for. */
  heldBack?: boolean;
}

export interface BehaviourServer {
  /** `http://127.0.0.1:<port>`; a client adds `/<behaviour>/<delivery>` and then the provider's own path. */
  readonly url: string;
  /** The same with HTTP/2, without TLS. */
  readonly http2Url: string;
  /** The requests since the last call, by behaviour. Clients have to be gone. */
  takeRequests(): Promise<SeenRequest[]>;
  close(): Promise<void>;
}

interface Run {
  readonly providerUrl: string;
  /** The provider's answers, so that a second run of the same behaviours is given the same. */
  readonly answers: Map<string, Promise<ProviderAnswer>>;
  seen: SeenRequest[];
  readonly inProgress: Set<Promise<void>>;
}

/**
 * Starts a server between the SDKs and the provider emulator: it delivers the provider's answers in the way that
 * the address names, and keeps what it was asked.
 */
export async function startBehaviourServer(providerUrl: string): Promise<BehaviourServer> {
  const sessions = new Set<ServerHttp2Session>();
  const run: Run = { providerUrl, answers: new Map(), seen: [], inProgress: new Set() };
  const listener = (request: Request, response: Response): void => {
    if (request.url === GOODBYE_PATH) {
      response.writeHead(204, { connection: 'close' }).end();
      http1.closeIdleConnections();
      for (const session of sessions) session.close();
      return;
    }
    const handled = handle(run, request, response).catch((error: unknown) => {
      response.writeHead(599).end(String(error));
    });
    run.inProgress.add(handled);
    void handled.then(() => run.inProgress.delete(handled));
  };
  const http1 = createServer({ keepAliveTimeout: 60_000 }, listener);
  const http2 = createHttp2Server((request, response) => {
    listener(request as unknown as Request, response as unknown as Response);
  });
  http2.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  http1.listen(0, HOST);
  http2.listen(0, HOST);
  await Promise.all([once(http1, 'listening'), once(http2, 'listening')]);
  return {
    url: `http://${HOST}:${(http1.address() as AddressInfo).port}`,
    http2Url: `http://${HOST}:${(http2.address() as AddressInfo).port}`,
    async takeRequests() {
      await Promise.race([Promise.all(run.inProgress), delay(STALL_MILLIS_MAX)]);
      const { seen } = run;
      run.seen = [];
      return seen;
    },
    async close() {
      const closed = [once(http1, 'close'), once(http2, 'close')];
      http1.close();
      http2.close();
      http1.closeAllConnections();
      for (const session of sessions) session.destroy();
      await Promise.all(closed);
    },
  };
}

async function handle(run: Run, request: Request, response: Response): Promise<void> {
  response.sendDate = false;
  const [, behaviour = '', deliveryName = '', ...rest] = (request.url ?? '').split('/');
  if (!isDeliveryName(deliveryName)) {
    response.writeHead(404).end();
    return;
  }
  const delivery: Delivery = DELIVERIES[deliveryName];
  const path = `/${rest.join('/')}`;
  const body = await readBody(request);
  const seen: SeenRequest = {
    behaviour,
    protocol: `HTTP/${request.httpVersion}`,
    method: request.method ?? '',
    path: `/${deliveryName}${path}`,
    headers: flatHeaders(request.headers),
    body: body.toString(),
    outcome: 'open',
  };
  const attempt = run.seen.filter((other) => other.behaviour === behaviour).length;
  run.seen.push(seen);
  if (delivery.redirects !== undefined) {
    const location = (request.url ?? '').replace(`/${deliveryName}/`, `/${delivery.redirects}/`);
    response.writeHead(307, { location }).end();
    seen.outcome = 'complete';
    return;
  }
  if (delivery.refuses !== undefined && attempt < delivery.refuses.times) {
    refuse(response, path, delivery.refuses.status);
    seen.outcome = 'complete';
    return;
  }
  const answer = await providerAnswer(run, path, request, body);
  await deliver(
    response,
    delivery.answer === undefined ? answer : replacedAnswer(answer, delivery.answer),
    delivery,
    seen,
  );
}

async function readBody(request: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > REQUEST_BYTES_MAX) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function flatHeaders(headers: Request['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The same request always has the same answer, whichever run asks. */
function providerAnswer(run: Run, path: string, request: Request, body: Buffer): Promise<ProviderAnswer> {
  const key = `${path} ${body.toString('base64')}`;
  const known = run.answers.get(key);
  if (known !== undefined) return known;
  const contentType = request.headers['content-type'] ?? 'application/json';
  const asked = askProvider(run.providerUrl, { path, contentType, body });
  run.answers.set(key, asked);
  return asked;
}

function refuse(response: Response, path: string, status: number): void {
  const message = `refused with ${status}`;
  const body = path.includes('/model/')
    ? { message }
    : { type: 'error', error: { type: 'refused', code: status, message, status: 'REFUSED' } };
  response.writeHead(status, {
    'content-type': 'application/json',
    'retry-after-ms': '5',
    'retry-after': '0',
    'x-request-id': 'req_refused',
    ...(path.includes('/model/') && { 'x-amzn-errortype': 'ValidationException' }),
  });
  response.end(JSON.stringify(body));
}

async function deliver(
  response: Response,
  answer: ProviderAnswer,
  delivery: Delivery,
  seen: SeenRequest,
): Promise<void> {
  if (delivery.headPauseMillis !== undefined) await delay(delivery.headPauseMillis);
  if (delivery.breaksAfter === 0) {
    hangUp(response);
    seen.outcome = 'broken';
    return;
  }
  const writes = await encodedWrites(answer.events, delivery);
  if (isGone(response)) {
    seen.outcome = 'left';
    return;
  }
  const coding = delivery.encodingHeader ?? delivery.encoding;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(writes.length === 1 && { 'content-length': String(writes[0]?.length) }),
    'x-request-id': `req_${seen.behaviour}`,
    ...(coding !== undefined && { 'content-encoding': coding }),
    ...delivery.headers,
  });
  seen.outcome = await sendWrites(response, writes, delivery, seen);
}

async function sendWrites(
  response: Response,
  writes: readonly Buffer[],
  delivery: Delivery,
  seen: SeenRequest,
): Promise<SeenRequest['outcome']> {
  const closed = once(response, 'close');
  let bytes = 0;
  // Clients hang up as soon as an event says that it is the last, before the rest of a compressed body.
  let sent = 0;
  const limit = delivery.truncatesAt ?? Infinity;
  for (const [index, write] of writes.entries()) {
    if (isGone(response)) break;
    sent = index;
    if (delivery.stallsAfter === index) {
      await Promise.race([closed, delay(STALL_MILLIS_MAX)]);
      if (!isGone(response)) hangUp(response);
      return 'left';
    }
    if (delivery.breaksAfter === index || bytes >= limit) {
      await delay(BREAK_PAUSE_MILLIS);
      hangUp(response);
      return 'broken';
    }
    const part = write.subarray(0, limit - bytes);
    bytes += part.length;
    const hasRoom = response.write(part);
    if (!hasRoom) await Promise.race([closed, once(response, 'drain')]);
    else if (writes.length <= 100) await delay(1);
  }
  if (bytes >= limit) {
    await delay(BREAK_PAUSE_MILLIS);
    hangUp(response);
    return 'broken';
  }
  if (delivery.answer === 'endless') seen.heldBack = bytes < IN_FLIGHT_BYTES_MAX;
  if (!isGone(response)) {
    response.end();
    await closed;
  }
  return sent >= writes.length - 2 ? 'complete' : 'left';
}

/** The stream of HTTP/2 knows; the response that stands for it does not. */
function isGone(response: Response): boolean {
  return response.stream?.destroyed ?? response.destroyed;
}

/** A connection that breaks; with HTTP/2, the one stream of it. */
function hangUp(response: Response): void {
  if (response.stream === undefined) response.socket?.destroy();
  else response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}
