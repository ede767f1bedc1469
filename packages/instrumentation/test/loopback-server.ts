import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A self-signed certificate for `localhost` and 127.0.0.1, good for nothing else. */
export const loopbackCertificate: string = readFileSync(
  new URL('./fixtures/loopback-cert.pem', import.meta.url),
  'utf8',
);
const loopbackKey = readFileSync(new URL('./fixtures/loopback-key.pem', import.meta.url), 'utf8');

export type LoopbackProtocol = 'http' | 'https' | 'h2c' | 'h2';

export interface LoopbackServer {
  readonly origin: string;
  readonly port: number;
  /** Bodies of the requests, by the `id` in their query. */
  readonly bodies: Map<string, string>;
  /** `1.1` or `2.0`, by the `id` likewise. */
  readonly httpVersions: Map<string, string>;
  /** Connections accepted so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** How a request wants to be answered, as its query says. */
export interface AnswerPlan {
  readonly id: string;
  readonly status?: number;
  readonly chunks?: number;
  readonly chunkBytes?: number;
  readonly gapMillis?: number;
  /** Breaks the connection after this many chunks. */
  readonly resetAfter?: number;
  /** Sends nothing more after this many chunks, nor an end. */
  readonly stallAfter?: number;
  /** Sends `103 Early Hints` first. */
  readonly hints?: 1;
  readonly contentLength?: 1;
  readonly redirect?: string;
  /** Answers 503 as often as this before it answers. */
  readonly refusals?: number;
}

export function answerPath(plan: AnswerPlan, path = '/v1/answers'): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(plan)) query.set(name, String(value));
  return `${path}?${query.toString()}`;
}

/** The bytes with which a plan is answered, different for every id and chunk. */
export function answerBody({ id, chunks = 3, chunkBytes = 64 }: AnswerPlan): Buffer {
  return Buffer.concat(Array.from({ length: chunks }, (_, index) => answerChunk(id, index, chunkBytes)));
}

function answerChunk(id: string, index: number, bytes: number): Buffer {
  return Buffer.alloc(bytes, `${id}/${index};`);
}

/** A server on 127.0.0.1 that answers as the query of each request says. */
export async function startLoopbackServer(protocol: LoopbackProtocol = 'http'): Promise<LoopbackServer> {
  const bodies = new Map<string, string>();
  const httpVersions = new Map<string, string>();
  const attempts = new Map<string, number>();
  const sockets = new Set<Socket>();
  let connections = 0;
  const listener = (request: Request, response: Response): void => {
    void answer({ request, response, bodies, httpVersions, attempts }).catch(() => response.destroy());
  };
  const tls = { key: loopbackKey, cert: loopbackCertificate };
  const server =
    protocol === 'http'
      ? createServer(listener)
      : protocol === 'https'
        ? createHttpsServer(tls, listener)
        : protocol === 'h2c'
          ? createHttp2Server(listener)
          : createSecureServer({ ...tls, allowHTTP1: true }, listener);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const scheme = protocol === 'http' || protocol === 'h2c' ? 'http' : 'https';
  return {
    origin: `${scheme}://127.0.0.1:${port}`,
    port,
    bodies,
    httpVersions,
    get connections() {
      return connections;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = (ServerResponse | Http2ServerResponse) & { destroy(error?: Error): unknown };

interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly bodies: Map<string, string>;
  readonly httpVersions: Map<string, string>;
  readonly attempts: Map<string, number>;
}

async function answer({ request, response, bodies, httpVersions, attempts }: Exchange): Promise<void> {
  const query = new URL(request.url ?? '/', 'http://loopback').searchParams;
  const number = (name: string): number | undefined =>
    query.has(name) ? Number(query.get(name)) : undefined;
  const id = query.get('id') ?? '';
  const status = number('status') ?? 200;
  const chunks = number('chunks') ?? 3;
  const chunkBytes = number('chunkBytes') ?? 64;
  httpVersions.set(id, request.httpVersion);
  const body: Buffer[] = [];
  for await (const chunk of request) body.push(Buffer.from(chunk as Uint8Array));
  bodies.set(id, Buffer.concat(body).toString());

  const attempt = (attempts.get(id) ?? 0) + 1;
  attempts.set(id, attempt);
  if (attempt <= (number('refusals') ?? 0)) return finish(response, 503, {}, 'busy');
  const location = query.get('redirect');
  if (location !== null) return finish(response, 307, { location }, 'moved');
  if (query.has('hints')) response.writeEarlyHints({ link: '</style.css>; rel=preload' });

  const headers: Record<string, string> = { 'content-type': 'text/event-stream' };
  if (query.has('contentLength')) headers['content-length'] = String(chunks * chunkBytes);
  (response as ServerResponse).writeHead(status, headers);
  for (let index = 0; index < chunks; index += 1) {
    if (index === number('resetAfter')) return breakOff(request, response);
    if (index === number('stallAfter')) return;
    (response as ServerResponse).write(answerChunk(id, index, chunkBytes));
    const gapMillis = number('gapMillis');
    if (gapMillis !== undefined) await delay(gapMillis);
  }
  response.end();
}

function finish(response: Response, status: number, headers: Record<string, string>, text: string): void {
  (response as ServerResponse).writeHead(status, headers);
  response.end(text);
}

function breakOff(request: Request, response: Response): void {
  if ('stream' in response && response.stream !== undefined) {
    const { stream } = response as Http2ServerResponse;
    stream.close(2);
    return;
  }
  const socket = request.socket as Socket;
  if (typeof socket.resetAndDestroy === 'function') socket.resetAndDestroy();
  else socket.destroy();
}
