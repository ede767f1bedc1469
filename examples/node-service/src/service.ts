import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setCostAttribution } from '@costspan/processor';
import { trace } from '@opentelemetry/api';
import { z } from 'zod';
import type { Feature, FeatureAnswer } from './feature.ts';

const BODY_BYTES_MAX = 1024 * 1024;
/** Longer than a caller's pause between two requests, so that no idle connection closes under one. */
const KEEP_ALIVE_MILLIS = 60_000;

/** An HTTP service with one `POST` endpoint per feature and `GET /healthz`. */
export function createService(features: readonly Feature[]): Server {
  const byPath = new Map(features.map((feature) => [feature.path, feature]));
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MILLIS }, (request, response) => {
    void serve(byPath, request, response);
  });
}

async function serve(
  features: ReadonlyMap<string, Feature>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (request.method === 'GET' && path === '/healthz') {
    sendJson(response, 200, { status: 'ok' });
    return;
  }
  const feature = request.method === 'POST' ? features.get(path) : undefined;
  if (feature === undefined) {
    sendJson(response, 404, { error: `POST one of ${[...features.keys()].join(', ')}` });
    return;
  }
  trace.getActiveSpan()?.setAttribute('http.route', feature.path);
  setCostAttribution({ tenant: tenantOf(request), feature: feature.name });
  try {
    const input = feature.inputSchema.parse(await readJson(request));
    await send(response, await feature.answer(input));
  } catch (error) {
    fail(response, error);
  }
}

function tenantOf(request: IncomingMessage): string {
  return request.headers['x-tenant']?.toString() ?? 'unknown';
}

class BadRequest extends Error {}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new BadRequest(`the body is larger than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new BadRequest('the body is not JSON');
  }
}

async function send(response: ServerResponse, answer: FeatureAnswer): Promise<void> {
  if (!(Symbol.asyncIterator in answer)) {
    sendJson(response, 200, answer);
    return;
  }
  // The head is sent with the first piece, so that a model that fails at once is still a clean 502.
  for await (const piece of answer) {
    if (response.destroyed) return;
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    response.write(piece);
  }
  response.end();
}

/** Tells the caller what was wrong with the request, and of a failed model call nothing but that it failed. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof z.ZodError) {
    sendJson(response, 400, { error: z.prettifyError(error) });
  } else if (error instanceof BadRequest) {
    sendJson(response, 400, { error: error.message });
  } else {
    sendJson(response, 502, { error: 'the model did not answer' });
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
