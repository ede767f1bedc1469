import { ProtobufReader, WIRE_BYTES, WIRE_VARINT } from './protobuf-reader.ts';
import { ProtobufWriter } from './protobuf-writer.ts';
import type { OtlpEncoding } from './trace-request.ts';

/** Codes of `google.rpc.Code` that the gateway answers with. */
export const RPC_CODE = {
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

const EMPTY = new Uint8Array(0);

/** An `ExportTraceServiceResponse`; a success without rejected spans leaves everything unset. */
export function encodeTraceResponse(
  encoding: OtlpEncoding,
  rejectedSpans = 0,
  errorMessage = '',
): Uint8Array {
  if (rejectedSpans === 0) return encoding === 'json' ? Buffer.from('{}') : EMPTY;
  if (encoding === 'json') {
    const partialSuccess = { rejectedSpans: String(rejectedSpans), errorMessage };
    return Buffer.from(JSON.stringify({ partialSuccess }));
  }
  const partialSuccess = new ProtobufWriter();
  partialSuccess.int64Field(1, rejectedSpans);
  partialSuccess.textField(2, errorMessage);
  const response = new ProtobufWriter();
  response.bytesField(1, partialSuccess.finish());
  return response.finish();
}

/** A `google.rpc.Status`, the body of every refusal. */
export function encodeStatus(encoding: OtlpEncoding, code: number, message: string): Uint8Array {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  const status = new ProtobufWriter();
  status.int64Field(1, code);
  status.textField(2, message);
  return status.finish();
}

/** How many spans an `ExportTraceServiceResponse` says were rejected; 0 for anything else. */
export function rejectedSpansOf(body: Uint8Array, encoding: OtlpEncoding): number {
  try {
    const count = encoding === 'json' ? rejectedInJson(body) : rejectedInProtobuf(body);
    return Number.isSafeInteger(count) && count > 0 ? count : 0;
  } catch {
    return 0;
  }
}

function rejectedInJson(body: Uint8Array): number {
  const response = JSON.parse(Buffer.from(body).toString()) as {
    partialSuccess?: { rejectedSpans?: number | string };
  };
  return Number(response.partialSuccess?.rejectedSpans ?? 0);
}

function rejectedInProtobuf(body: Uint8Array): number {
  const reader = new ProtobufReader(body);
  let rejected = 0;
  while (reader.nextField()) {
    if (reader.field !== 1 || reader.wireType !== WIRE_BYTES) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    while (reader.nextField()) {
      rejected = readRejected(reader) ?? rejected;
    }
    reader.leave(outer);
  }
  return rejected;
}

function readRejected(reader: ProtobufReader): number | undefined {
  if (reader.field === 1 && reader.wireType === WIRE_VARINT) return reader.varint();
  reader.skip();
  return undefined;
}
