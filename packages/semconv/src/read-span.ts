import type { Dialect } from './dialect.ts';
import { DIALECTS } from './dialects.ts';
import { withExclusiveGpuTime } from './exclusive-gpu-time.ts';
import { withKnownUsage } from './known-usage.ts';
import type { SpanReading } from './span-reading.ts';
import type { AttributeKeys, SpanView } from './span-view.ts';
import { REPORTED_INSIDE_ATTRIBUTE, withWireReport } from './wire-report.ts';

/** Scope names whose readers are remembered; a program has a few dozen, a hostile one may make them up. */
const SCOPES_REMEMBERED_MAX = 1000;

/**
 * OpenTelemetry's own instrumentations for JavaScript; those of model clients are owned by their dialects. The others
 * trace HTTP, databases and the like, and are most of a program's spans.
 */
const OPENTELEMETRY_SCOPE_PREFIX = '@opentelemetry/instrumentation-';

interface Marker {
  readonly key: string;
  readonly dialects: readonly Dialect[];
}

/** Who is asked about the spans of a scope. */
interface ScopeReaders {
  readonly owners: readonly Dialect[];
  readonly markers: readonly Marker[];
}

const MARKERS: readonly Marker[] = markersOf(DIALECTS);
/** A hook that makes a model call of an HTTP span has to name the operation, as the conventions require. */
const OPERATION_MARKER: readonly Marker[] = MARKERS.filter(({ key }) => key === 'gen_ai.operation.name');
const readersByScope = new Map<string, ScopeReaders>();
/** Most spans have no marker, and programs write spans of few kinds. */
const markersByKeys = new WeakMap<AttributeKeys, readonly Marker[]>();

/**
 * Reads a span of any dialect as one model call, an aggregate or a tool.
 *
 * 1. The dialects that own the span's scope are asked.
 * 2. Then those with a marker among its attributes, in the order of {@link DIALECTS}.
 * 3. What the provider itself stated on the wire takes the place of what the instrumentation made of it.
 * 4. What is left is cut down to what is known, see `withKnownUsage`.
 *
 * @returns `undefined` for a span that has nothing to do with a model.
 */
export function readSpan(span: SpanView): SpanReading | undefined {
  const { owners, markers } = readersOf(span.scopeName);
  for (const dialect of owners) {
    const reading = dialect.read(span);
    if (reading !== undefined) return known(span, reading);
  }
  for (const { key, dialects } of markersAmong(span.keys, markers)) {
    if (span.attribute(key) === undefined) continue;
    for (const dialect of dialects) {
      const reading = dialect.read(span);
      if (reading !== undefined) return known(span, reading);
    }
  }
  return undefined;
}

/** Those of the markers that a span with these keys can have. */
function markersAmong(keys: AttributeKeys | undefined, markers: readonly Marker[]): readonly Marker[] {
  if (keys === undefined || markers !== MARKERS) return markers;
  const remembered = markersByKeys.get(keys);
  if (remembered !== undefined) return remembered;
  const among = MARKERS.filter(({ key }) => keys.has(key));
  markersByKeys.set(keys, among);
  return among;
}

function known(span: SpanView, reading: SpanReading): SpanReading {
  if (reading.kind === 'model_call' && span.attribute(REPORTED_INSIDE_ATTRIBUTE) === true) {
    return { kind: 'aggregate', dialect: reading.call.dialect };
  }
  if (reading.kind === 'model_call') {
    const call = withExclusiveGpuTime(span, withKnownUsage(withWireReport(span, reading.call)));
    return call === reading.call ? reading : { kind: 'model_call', call };
  }
  if (reading.kind === 'tool' || reading.hosted === undefined) return reading;
  const hosted = withKnownUsage(reading.hosted);
  return { ...reading, hosted: hosted.usage === undefined ? undefined : hosted };
}

function readersOf(scopeName: string): ScopeReaders {
  const remembered = readersByScope.get(scopeName);
  if (remembered !== undefined) return remembered;
  const owners = DIALECTS.filter((dialect) => dialect.ownsScope?.(scopeName) === true);
  const isOther = owners.length === 0 && scopeName.startsWith(OPENTELEMETRY_SCOPE_PREFIX);
  const readers = { owners, markers: isOther ? OPERATION_MARKER : MARKERS };
  if (readersByScope.size < SCOPES_REMEMBERED_MAX) readersByScope.set(scopeName, readers);
  return readers;
}

/** Each marker once, in the order of the first dialect that has it. */
function markersOf(dialects: readonly Dialect[]): Marker[] {
  const byKey = new Map<string, Dialect[]>();
  for (const dialect of dialects) {
    for (const key of dialect.markers ?? []) {
      const owners = byKey.get(key);
      if (owners === undefined) byKey.set(key, [dialect]);
      else owners.push(dialect);
    }
  }
  return [...byKey].map(([key, owners]) => ({ key, dialects: owners }));
}
