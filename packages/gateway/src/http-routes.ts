import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RecordStore } from '@costspan/store';
import type { GatewayLog } from './gateway-log.ts';
import { type GatewayMetrics, PROMETHEUS_CONTENT_TYPE } from './gateway-metrics.ts';
import { answerQuery } from './query-api.ts';
import type { TraceReceiver } from './trace-receiver.ts';

/** What the gateway's HTTP routes work with. */
export interface HttpRouteParts {
  readonly receiver: TraceReceiver;
  readonly store: RecordStore;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  /** True from the moment that the gateway has been asked to stop. */
  readonly isStopping: () => boolean;
}

const TRACES_PATH = '/v1/traces';
const JSON_TYPE = 'application/json';

/** Every HTTP route of the gateway. */
export function httpRoutes(parts: HttpRouteParts): RequestListener {
  return (request, response) => {
    if (parts.isStopping()) response.setHeader('connection', 'close');
    route(parts, request, response).catch((error: unknown) => {
      parts.log.warn(
        'query',
        `a request failed inside the gateway: ${error instanceof Error ? error.name : typeof error}`,
      );
      if (!response.headersSent)
        sendJson(response, 503, { error: 'the gateway could not answer; try again' });
    });
  };
}

async function route(
  parts: HttpRouteParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = URL.parse(request.url ?? '/', 'http://gateway');
  const path = url?.pathname ?? '';
  if (path === TRACES_PATH) {
    if (request.method === 'POST') return parts.receiver.handle(request, response);
    return refuseMethod(request, response, 'POST');
  }
  const known = path === '/healthz' || path === '/readyz' || path === '/metrics' || path.startsWith('/api/');
  if (!known || url === null) {
    request.resume();
    return sendJson(response, 404, {
      code: 5,
      message: `there is no such path; traces go to ${TRACES_PATH}`,
    });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(request, response, 'GET');
  if (path === '/healthz') return sendJson(response, 200, { status: 'ok' });
  if (path === '/readyz') {
    const stopping = parts.isStopping();
    return sendJson(response, stopping ? 503 : 200, { status: stopping ? 'stopping' : 'ready' });
  }
  if (path === '/metrics') {
    const text = await parts.metrics.text();
    return sendText(response, 200, PROMETHEUS_CONTENT_TYPE, text);
  }
  const answer = await answerQuery(parts.store, url);
  return sendJson(response, answer.status, answer.body);
}

function refuseMethod(request: IncomingMessage, response: ServerResponse, allowed: string): void {
  request.resume();
  response.setHeader('allow', allowed);
  sendJson(response, 405, { code: 12, message: `the method must be ${allowed}` });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, JSON_TYPE, JSON.stringify(body));
}

function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
