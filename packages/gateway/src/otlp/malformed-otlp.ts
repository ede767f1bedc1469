/**
 * Bytes that are no OTLP trace request. Thrown inside the decoders only; `decodeTraceRequest` and `enrichOtlp`
 * turn it into a result. The message names places and never quotes the payload.
 */
export class MalformedOtlp extends Error {
  override readonly name = 'MalformedOtlp';
}
