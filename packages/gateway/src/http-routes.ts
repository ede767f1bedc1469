import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { RecordStore } from '@costspan/store';
import type { GatewayLog } from './gateway-log.ts';
import { type GatewayMetrics, PROMETHEUS_CONTENT_TYPE } from './gateway-metrics.ts';
import { encodeStatus, RPC_CODE } from './otlp/trace-response.ts';
import { CONTENT_TYPES, encodingOf } from './otlp/content-type.ts';
import { answerQuery } from './query-api.ts';
import type { Readiness } from './readiness.ts';
import type { RecordIntake } from './replicas/record-intake.ts';
import { dropBody } from './security/drop-body.ts';
import type { DecideAccess } from './security/gateway-security.ts';
import { type AccessRefusal, refuseAccess } from './security/refuse-access.ts';
import { refuseAtStart, type TraceReceiver } from './trace-receiver.ts';

/** What the gateway's HTTP routes work with. */
export interface HttpRouteParts {
  /** What answers; absent while the books are being opened. */
  readonly service: () => RoutedService | undefined;
  readonly readiness: Readiness;
  readonly log: GatewayLog;
  /** Who may ask what. */
  readonly decide: DecideAccess;
}

/** What answers on the routes. */
interface RoutedService {
  readonly receiver: TraceReceiver;
  readonly intake: RecordIntake;
  readonly store: RecordStore;
  readonly metrics: GatewayMetrics;
}

const TRACES_PATH = '/v1/traces';
const RECORDS_PATH = '/api/records';
const OTHER_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
const JSON_TYPE = 'application/json';

/**
 * Every HTTP route of the gateway, for the events `request` and `checkContinue` of a server. `/healthz` and `/readyz` are
 * open to everybody; for all else there is a decision before anything of a body is read.
 */
export function httpRoutes(parts: HttpRouteParts): RequestListener {
  return (request, response) => {
    if (parts.readiness.phase === 'stopping') response.setHeader('connection', 'close');
    route(parts, request, response).catch((error: unknown) => {
      parts.log.warn(
        'query',
        `a request failed inside the gateway: ${error instanceof Error ? error.name : typeof error}`,
      );
      if (response.headersSent) return;
      response.setHeader('retry-after', '1');
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
  if (path === TRACES_PATH) return routeTraces(parts, request, response);
  if (path === RECORDS_PATH && request.method === 'POST') return routeRecords(parts, request, response);
  const isQuery = path.startsWith('/api/');
  if (url === null || !(isQuery || OTHER_PATHS.has(path))) return refusePath(request, response);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(request, response, 'GET');
  if (path === '/healthz') return sendJson(response, 200, { status: 'ok' });
  if (path === '/readyz') return sendReadiness(parts.readiness, response);
  const decision = parts.decide(request, isQuery ? 'query' : 'metrics');
  if (!decision.granted) return refuseAccess(request, response, decision);
  const service = parts.service();
  if (service === undefined) return sendJson(response, 503, { error: 'the gateway is starting; try again' });
  if (path === '/metrics') {
    const text = await service.metrics.text();
    return sendText(response, 200, PROMETHEUS_CONTENT_TYPE, text);
  }
  const answer = await answerQuery(service.store, url);
  return sendJson(response, answer.status, answer.body);
}

async function routeTraces(
  parts: HttpRouteParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST') return refuseMethod(request, response, 'POST');
  const decision = parts.decide(request, 'ingest');
  const service = parts.service();
  if (!decision.granted) {
    countRefusal(service, decision);
    return refuseAccess(request, response, decision);
  }
  if (service === undefined) return refuseAtStart(request, response);
  if (request.headers.expect !== undefined) response.writeContinue();
  return service.receiver.handle(request, response, decision.tenant);
}

/** Records of a gateway that shares these books. */
async function routeRecords(
  { decide, service }: HttpRouteParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const decision = decide(request, 'records');
  if (!decision.granted) return refuseAccess(request, response, decision);
  const intake = service()?.intake;
  if (intake !== undefined) {
    if (request.headers.expect !== undefined) response.writeContinue();
    return intake.handle(request, response);
  }
  response.setHeader('retry-after', '1');
  sendJson(response, 503, { error: 'the gateway is starting; try again' });
  dropBody(request);
}

function countRefusal(service: RoutedService | undefined, { status }: AccessRefusal): void {
  service?.metrics.telemetry.requests(status);
  service?.metrics.telemetry.refused(status === 401 ? 'unauthenticated' : 'forbidden');
}

function sendReadiness({ state }: Readiness, response: ServerResponse): void {
  if (state.ready) sendJson(response, 200, { status: 'ready' });
  else sendJson(response, 503, { status: 'not_ready', problems: state.problems });
}

function refusePath(request: IncomingMessage, response: ServerResponse): void {
  const message = `there is no such path; traces go to ${TRACES_PATH}`;
  sendStatus(request, response, { status: 404, rpcCode: RPC_CODE.notFound, message });
  dropBody(request);
}

function refuseMethod(request: IncomingMessage, response: ServerResponse, allowed: string): void {
  response.setHeader('allow', allowed);
  const message = `the method must be ${allowed}`;
  sendStatus(request, response, { status: 405, rpcCode: RPC_CODE.unimplemented, message });
  dropBody(request);
}

interface Refusal {
  readonly status: number;
  readonly rpcCode: number;
  readonly message: string;
}

/** In the encoding of the request, as OTLP asks for it; in JSON where that has none. */
function sendStatus(
  request: IncomingMessage,
  response: ServerResponse,
  { status, rpcCode, message }: Refusal,
): void {
  const encoding = encodingOf(request) ?? 'json';
  const body = encodeStatus(encoding, rpcCode, message);
  response.writeHead(status, { 'content-type': CONTENT_TYPES[encoding], 'content-length': body.length });
  response.end(body);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, JSON_TYPE, JSON.stringify(body));
}

function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
