import type { IncomingMessage, ServerResponse } from 'node:http';
import { CONTENT_TYPES, encodingOf } from '../otlp/content-type.ts';
import { encodeStatus, RPC_CODE } from '../otlp/trace-response.ts';
import { dropBody } from './drop-body.ts';
import type { AccessDecision } from './token-access.ts';

export type AccessRefusal = Extract<AccessDecision, { granted: false }>;

/** Answers a request that may not be made, with a `google.rpc.Status` and without reading its body. */
export function refuseAccess(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: AccessRefusal,
): void {
  const encoding = encodingOf(request) ?? 'json';
  const code = refusal.status === 401 ? RPC_CODE.unauthenticated : RPC_CODE.permissionDenied;
  const body = encodeStatus(encoding, code, refusal.message);
  // Whoever waits for leave to send a body need not send it, so that nobody knows where the next request begins.
  if (request.headers.expect !== undefined) response.setHeader('connection', 'close');
  response.writeHead(refusal.status, {
    'content-type': CONTENT_TYPES[encoding],
    'content-length': body.length,
    ...(refusal.challenge !== undefined && { 'www-authenticate': refusal.challenge }),
  });
  response.end(body);
  dropBody(request);
}
