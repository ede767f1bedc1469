import type { ServerResponse } from 'node:http';
import type { OtlpEncoding } from '../otlp/trace-request.ts';

const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** Seconds after which a refused client may try again; the SDKs give up on longer ones. */
const RETRY_AFTER_SECONDS = 1;

/** `google.rpc.Code` of the HTTP statuses that are answered. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  429: 8,
  500: 13,
  503: 14,
};
const RPC_UNKNOWN = 2;

/** The encoding of an OTLP content type; `undefined` for any other. */
export function encodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return 'protobuf';
  return type === CONTENT_TYPES.json ? 'json' : undefined;
}

/** Full success: an empty `ExportTraceServiceResponse`. */
export function sendSuccess(response: ServerResponse, encoding: OtlpEncoding): void {
  response.writeHead(200, { 'content-type': CONTENT_TYPES[encoding] });
  response.end(encoding === 'json' ? '{}' : undefined);
}

/** A refusal with a `google.rpc.Status` in the request's encoding, as OTLP 1.11 asks. */
export function sendRefusal(
  response: ServerResponse,
  encoding: OtlpEncoding,
  refusal: { readonly status: number; readonly message: string },
): void {
  const { status, message } = refusal;
  const code = RPC_CODES[status] ?? RPC_UNKNOWN;
  const retry = status === 503 || status === 429 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
  const body = encoding === 'json' ? JSON.stringify({ code, message }) : encodeStatus(code, message);
  response.writeHead(status, { 'content-type': CONTENT_TYPES[encoding], ...retry, connection: 'close' });
  response.end(body);
}

/** `Status { int32 code = 1; string message = 2; }` for messages below 16 KiB. */
function encodeStatus(code: number, message: string): Uint8Array {
  const text = Buffer.from(message).subarray(0, 16_383);
  const length = text.length < 128 ? [text.length] : [(text.length & 0x7f) | 0x80, text.length >> 7];
  return Buffer.concat([Buffer.from([0x08, code, 0x12, ...length]), text]);
}
