import { JsonTraceRequest } from './json-trace-request.ts';
import { ProtobufTraceRequest } from './protobuf-trace-request.ts';
import type { OtlpEncoding, TraceRequest } from './trace-request.ts';

/** @throws MalformedOtlp when the body is no trace request in that encoding. */
export function decodeTraceRequest(body: Uint8Array, encoding: OtlpEncoding): TraceRequest {
  const steps = decodeTraceRequestInSteps(body, encoding);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps that take a few milliseconds each, whatever the size of the body. */
export function* decodeTraceRequestInSteps(
  body: Uint8Array,
  encoding: OtlpEncoding,
): Generator<undefined, TraceRequest> {
  return encoding === 'protobuf' ? new ProtobufTraceRequest(body) : yield* JsonTraceRequest.read(body);
}
