import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RecordStore } from '@costspan/store';
import type { GatewayLog } from './gateway-log.ts';
import { type GatewayMetrics, PROMETHEUS_CONTENT_TYPE } from './gateway-metrics.ts';
import { answerQuery } from './query-api.ts';
import type { Readiness } from './readiness.ts';
import { refuseAtStart, type TraceReceiver } from './trace-receiver.ts';

/** What the gateway's HTTP routes work with. */
export interface HttpRouteParts {
  /** What answers; absent while the books are being opened. */
  readonly service: () => RoutedService | undefined;
  readonly readiness: Readiness;
  readonly log: GatewayLog;
}

/** What answers on the routes. */
export interface RoutedService {
  readonly receiver: TraceReceiver;
  readonly store: RecordStore;
  readonly metrics: GatewayMetrics;
}

const TRACES_PATH = '/v1/traces';
const JSON_TYPE = 'application/json';

/** Every HTTP route of the gateway. */
export function httpRoutes(parts: HttpRouteParts): RequestListener {
  return (request, response) => {
    if (parts.readiness.phase === 'stopping') response.setHeader('connection', 'close');
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
  const service = parts.service();
  if (path === TRACES_PATH) {
    if (request.method === 'POST')
      return service === undefined
        ? refuseAtStart(request, response)
        : service.receiver.handle(request, response);
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
    const { state } = parts.readiness;
    return sendJson(
      response,
      state.ready ? 200 : 503,
      state.ready ? { status: 'ready' } : { status: 'not_ready', problems: state.problems },
    );
  }
  if (service === undefined) return sendJson(response, 503, { error: 'the gateway is starting; try again' });
  if (path === '/metrics') {
    const text = await service.metrics.text();
    return sendText(response, 200, PROMETHEUS_CONTENT_TYPE, text);
  }
  const answer = await answerQuery(service.store, url);
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
