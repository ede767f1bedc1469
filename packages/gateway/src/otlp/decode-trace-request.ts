import { JsonTraceRequest } from './json-trace-request.ts';
import { ProtobufTraceRequest } from './protobuf-trace-request.ts';
import type { OtlpEncoding, TraceRequest } from './trace-request.ts';

/**
 * Decodes a trace request in steps that take a few milliseconds each, whatever the size of the body.
 *
 * @throws MalformedOtlp when the body is no trace request in that encoding.
 */
export function decodeTraceRequest(
  body: Uint8Array,
  encoding: OtlpEncoding,
): Generator<undefined, TraceRequest> {
  return encoding === 'protobuf' ? ProtobufTraceRequest.read(body) : JsonTraceRequest.read(body);
}
