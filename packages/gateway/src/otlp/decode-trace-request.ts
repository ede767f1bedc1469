import { JsonTraceRequest } from './json-trace-request.ts';
import { ProtobufTraceRequest } from './protobuf-trace-request.ts';
import type { OtlpEncoding, TraceRequest } from './trace-request.ts';

/** @throws MalformedOtlp when the body is no trace request in that encoding. */
export function decodeTraceRequest(body: Uint8Array, encoding: OtlpEncoding): TraceRequest {
  return encoding === 'protobuf' ? new ProtobufTraceRequest(body) : new JsonTraceRequest(body);
}
