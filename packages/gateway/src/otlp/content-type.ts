import type { IncomingMessage } from 'node:http';
import type { OtlpEncoding } from './trace-request.ts';

/** The `Content-Type` of OTLP requests and of the answers to them. */
export const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** The encoding that a request says it has; `undefined` when it is none of OTLP's. */
export function encodingOf(request: IncomingMessage): OtlpEncoding | undefined {
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType === CONTENT_TYPES.protobuf) return 'protobuf';
  return mediaType === CONTENT_TYPES.json ? 'json' : undefined;
}
