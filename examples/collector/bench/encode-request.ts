import Long from 'long';
import protobuf from 'protobufjs';

// Without it protobufjs reads 64-bit numbers as doubles.
protobuf.util.Long = Long;
protobuf.configure();

/** As much of the OTLP trace messages as an SDK fills in. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
  message Scope { string name = 1; string version = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; int64 int_value = 3; } }
`);
const requestType = root.lookupType('Request');

export interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

/** A span with its ids in hex. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
}

/** Encodes the spans of one instrumentation as an OTLP request. */
export function encodeRequest(
  resource: readonly KeyValue[],
  scope: { readonly name: string; readonly version: string },
  spans: readonly Span[],
): Buffer {
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
  const message = requestType.fromObject({
    resourceSpans: [
      {
        resource: { attributes: resource },
        scopeSpans: [
          {
            scope,
            spans: spans.map(({ traceId, spanId, parentSpanId, ...span }) => ({
              ...span,
              traceId: bytes(traceId),
              spanId: bytes(spanId),
              ...(parentSpanId !== undefined && { parentSpanId: bytes(parentSpanId) }),
            })),
          },
        ],
      },
    ],
  });
  return Buffer.from(requestType.encode(message).finish());
}
