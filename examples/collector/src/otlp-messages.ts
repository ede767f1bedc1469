import Long from 'long';
import protobuf from 'protobufjs';

// Without it protobufjs reads 64-bit numbers as doubles.
protobuf.util.Long = Long;
protobuf.configure();

/**
 * As much of the OTLP trace messages as a backend needs to count spans and to read a whole number off them.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
 */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { repeated ScopeSpans scope_spans = 2; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span { bytes trace_id = 1; bytes span_id = 2; repeated KeyValue attributes = 9; }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; int64 int_value = 3; } }
  message Response { PartialSuccess partial_success = 1; }
  message PartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
`);
const requestType = root.lookupType('Request');
const responseType = root.lookupType('Response');

/** A span as a backend sees it; ids in hex. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: readonly { readonly key: string; readonly value?: { readonly intValue?: string } }[];
}

interface SpanOf<Id> {
  readonly traceId: Id;
  readonly spanId: Id;
  readonly attributes: ReceivedSpan['attributes'];
}

interface RequestMessage<Id> {
  readonly resourceSpans: {
    readonly scopeSpans: {
      readonly spans: SpanOf<Id>[];
    }[];
  }[];
}

export function readProtobufSpans(body: Uint8Array): ReceivedSpan[] {
  const options = { longs: String, arrays: true };
  const message = requestType.toObject(requestType.decode(body), options) as RequestMessage<Uint8Array>;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return spansOf(message).map(({ traceId, spanId, attributes }) => ({
    traceId: hex(traceId),
    spanId: hex(spanId),
    attributes,
  }));
}

/** Of a request as the ledger or an SDK writes it: every list is there. */
export function readJsonSpans(body: Uint8Array): ReceivedSpan[] {
  return spansOf(JSON.parse(Buffer.from(body).toString()) as RequestMessage<string>);
}

function spansOf<Id>(message: RequestMessage<Id>): SpanOf<Id>[] {
  return message.resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans));
}

export function encodePartialSuccess(rejectedSpans: number, isJson: boolean): Uint8Array {
  const partialSuccess = { rejectedSpans: String(rejectedSpans), errorMessage: 'rejected by plan' };
  if (isJson) return Buffer.from(JSON.stringify({ partialSuccess }));
  return responseType.encode(responseType.fromObject({ partialSuccess })).finish();
}
