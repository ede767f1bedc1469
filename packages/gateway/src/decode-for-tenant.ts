import { decodeTraceRequest } from './otlp/decode-trace-request.ts';
import type { OtlpEncoding, TraceRequest } from './otlp/trace-request.ts';
import { withOwnTenant } from './security/own-tenant.ts';

/**
 * Decodes a trace request in which the tenant is the given one, whatever the payload says.
 *
 * @param tenant Absent: the spans say it.
 * @throws MalformedOtlp when the body is no trace request in that encoding.
 */
export function* decodeForTenant(
  body: Uint8Array,
  encoding: OtlpEncoding,
  tenant: string | undefined,
): Generator<undefined, TraceRequest> {
  const request = yield* decodeTraceRequest(body, encoding);
  if (tenant === undefined) return request;
  const ownBody = yield* withOwnTenant(body, encoding, tenant);
  return ownBody === body ? request : yield* decodeTraceRequest(ownBody, encoding);
}
