import type { Dialect } from './dialect.ts';
import { DIALECTS } from './dialects.ts';
import type { SpanReading } from './span-reading.ts';
import type { SpanView } from './span-view.ts';

/** Scope names whose dialects are remembered; a program has a few dozen, a hostile one may make them up. */
const SCOPES_REMEMBERED_MAX = 1000;

const NO_DIALECTS: readonly Dialect[] = [];

interface Marker {
  readonly key: string;
  readonly dialects: readonly Dialect[];
}

const MARKERS: readonly Marker[] = markersOf(DIALECTS);
const dialectsByScope = new Map<string, readonly Dialect[]>();

/**
 * Reads a span of any dialect as one model call, an aggregate or a tool.
 *
 * 1. The dialects that own the span's scope are asked.
 * 2. Then those with a marker among its attributes, in the order of {@link DIALECTS}.
 *
 * @returns `undefined` for a span that has nothing to do with a model.
 */
export function readSpan(span: SpanView): SpanReading | undefined {
  for (const dialect of dialectsOf(span.scopeName)) {
    const reading = dialect.read(span);
    if (reading !== undefined) return reading;
  }
  for (const { key, dialects } of MARKERS) {
    if (span.attribute(key) === undefined) continue;
    for (const dialect of dialects) {
      const reading = dialect.read(span);
      if (reading !== undefined) return reading;
    }
  }
  return undefined;
}

function dialectsOf(scopeName: string): readonly Dialect[] {
  const known = dialectsByScope.get(scopeName);
  if (known !== undefined) return known;
  const owners = DIALECTS.filter((dialect) => dialect.ownsScope?.(scopeName) === true);
  const dialects = owners.length === 0 ? NO_DIALECTS : owners;
  if (dialectsByScope.size < SCOPES_REMEMBERED_MAX) dialectsByScope.set(scopeName, dialects);
  return dialects;
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
