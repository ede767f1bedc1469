import Long from 'long';
import protobuf from 'protobufjs';

// Without it protobufjs reads 64-bit numbers as doubles.
protobuf.util.Long = Long;
protobuf.configure();

/**
 * The OTLP trace messages for an independent decoder, with one more field (1000) in each message that stands
 * for whatever a later version adds.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
 */
const PROTO = `
  syntax = "proto3";
  message ExportTraceServiceRequest { repeated ResourceSpans resource_spans = 1; string future = 1000; }
  message ResourceSpans {
    Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; string future = 1000;
  }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; string future = 1000; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; string future = 1000; }
  message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; string future = 1000; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; fixed32 flags = 16;
    string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10; repeated Event events = 11;
    uint32 dropped_events_count = 12; repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15;
    string future = 1000;
  }
  message Event {
    fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3;
    uint32 dropped_attributes_count = 4; string future = 1000;
  }
  message Link {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4;
    uint32 dropped_attributes_count = 5; fixed32 flags = 6; string future = 1000;
  }
  message Status { string message = 2; int32 code = 3; string future = 1000; }
  message KeyValue { string key = 1; AnyValue value = 2; string future = 1000; }
  message AnyValue {
    oneof value {
      string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
      ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7;
    }
    string future = 1000;
  }
  message ArrayValue { repeated AnyValue values = 1; }
  message KeyValueList { repeated KeyValue values = 1; }
  message ExportTraceServiceResponse { PartialSuccess partial_success = 1; }
  message PartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
  message RpcStatus { int32 code = 1; string message = 2; }
`;

const { root } = protobuf.parse(PROTO);
const traceRequest = root.lookupType('ExportTraceServiceRequest');

export interface KeyValue {
  key: string;
  value: Record<string, unknown>;
}

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name?: string;
  kind?: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes?: KeyValue[];
  status?: { code?: number; message?: string };
  [other: string]: unknown;
}

/** A request as OTLP/JSON has it: ids in hex, 64-bit numbers as text. */
export interface TraceRequestJson {
  resourceSpans?: {
    resource?: { attributes?: KeyValue[] };
    scopeSpans?: { scope?: { name?: string; version?: string }; spans?: Span[] }[];
  }[];
}

const ID_FIELDS = new Set(['traceId', 'spanId', 'parentSpanId']);

export function encodeProtobuf(request: TraceRequestJson): Uint8Array {
  const message = mapIds(request, (hex) => Buffer.from(hex as string, 'hex'));
  return traceRequest.encode(traceRequest.fromObject(message as object)).finish();
}

export function decodeProtobuf(bytes: Uint8Array): TraceRequestJson {
  const message = traceRequest.toObject(traceRequest.decode(bytes), { longs: String, bytes: Buffer });
  return mapIds(message, (id) => Buffer.from(id as Uint8Array).toString('hex')) as TraceRequestJson;
}

export function decodeResponse(bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType('ExportTraceServiceResponse');
  return type.toObject(type.decode(bytes), { longs: String });
}

export function encodeResponse(response: object): Uint8Array {
  const type = root.lookupType('ExportTraceServiceResponse');
  return type.encode(type.fromObject(response)).finish();
}

export function decodeStatus(bytes: Uint8Array): { code?: number; message?: string } {
  const type = root.lookupType('RpcStatus');
  return type.toObject(type.decode(bytes));
}

export function encodeJson(request: TraceRequestJson): Uint8Array {
  return Buffer.from(JSON.stringify(request));
}

export function spansOf(request: TraceRequestJson): Span[] {
  return (request.resourceSpans ?? []).flatMap((resource) =>
    (resource.scopeSpans ?? []).flatMap((scope) => scope.spans ?? []),
  );
}

function mapIds(value: unknown, map: (id: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => mapIds(each, map));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, ID_FIELDS.has(key) ? map(each) : mapIds(each, map)]),
  );
}

/** Adds three attributes to every model-call span the ordinary way: decode into objects, change, encode. */
export function appendWithProtobufjs(bytes: Uint8Array): Uint8Array {
  const message = traceRequest.decode(bytes) as unknown as TraceRequestJson;
  for (const span of spansOf(message)) {
    if (!span.attributes?.some((each) => each.key === 'gen_ai.operation.name')) continue;
    span.attributes.push(
      { key: 'costspan.cost.status', value: { stringValue: 'priced' } },
      { key: 'costspan.cost.total', value: { doubleValue: 0.0007696 } },
      { key: 'costspan.cost.currency', value: { stringValue: 'USD' } },
    );
  }
  return traceRequest.encode(message as object as protobuf.Message).finish();
}
