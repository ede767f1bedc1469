import type { AttributionKeys } from '@costspan/cost-model';
import {
  attributionText,
  COST_STATUS_ATTRIBUTE,
  ENTRY_SPAN_ID_ATTRIBUTE,
  isOfOtherSide,
  ROUTE_ATTRIBUTE,
} from '@costspan/processor';
import type { CallAttribution } from './gateway-call.ts';
import type { OtlpSpan } from './otlp/trace-request.ts';
import { isEntrySpan, type LineageSpan } from './span-lineage.ts';

/** The spans around a call that are part of the same trace request. */
export interface CallSurroundings {
  /** Nearest first. */
  readonly ancestors: readonly LineageSpan[];
  /** The entry span of its user-facing request. */
  readonly entry: LineageSpan | undefined;
}

/** Finds the entry span among a call's own span and its ancestors: the one that is stamped on it, or the nearest. */
export function findEntry(own: LineageSpan, ancestors: readonly LineageSpan[]): LineageSpan | undefined {
  const stampedId = textOf(own.span, ENTRY_SPAN_ID_ATTRIBUTE);
  const isEntry = (one: LineageSpan): boolean =>
    stampedId === undefined ? isEntrySpan(one) : one.spanId === stampedId;
  return isEntry(own) ? own : ancestors.find(isEntry);
}

/** Whose call a span tells of. What an upstream processor has stamped on it comes first. */
export function attributionOf(
  span: OtlpSpan,
  { ancestors, entry }: CallSurroundings,
  keys: AttributionKeys,
): CallAttribution {
  const stamped = span.attribute(COST_STATUS_ATTRIBUTE) !== undefined;
  const nameBy = (stampedKey: string, configured: readonly string[]): string | undefined =>
    (stamped ? nameUnder(stampedKey, span, ancestors) : undefined) ?? firstName(configured, span, ancestors);
  return shared({
    feature: nameBy('costspan.feature', keys.feature),
    tenant: nameBy('costspan.tenant', keys.tenant),
    entrySpanId: textOf(span, ENTRY_SPAN_ID_ATTRIBUTE) ?? entry?.spanId,
    route: (entry && textOf(entry.span, 'http.route')) ?? textOf(span, ROUTE_ATTRIBUTE),
  });
}

let latest: CallAttribution = {
  feature: undefined,
  tenant: undefined,
  entrySpanId: undefined,
  route: undefined,
};

/** Calls that follow each other are often of the same, and then share one object for as long as they are remembered. */
function shared(attribution: CallAttribution): CallAttribution {
  const isSame =
    latest.feature === attribution.feature &&
    latest.tenant === attribution.tenant &&
    latest.entrySpanId === attribution.entrySpanId &&
    latest.route === attribution.route;
  if (!isSame) latest = attribution;
  return latest;
}

/** A non-empty text attribute. */
export function textOf(span: OtlpSpan, key: string): string | undefined {
  const value = span.attribute(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The first key that any source has wins, as with `resolveAttribution`. */
function firstName(
  keys: readonly string[],
  span: OtlpSpan,
  ancestors: readonly LineageSpan[],
): string | undefined {
  for (const key of keys) {
    const name = nameUnder(key, span, ancestors);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** What a span, its ancestors or its resource has under a key, in this order. */
function nameUnder(key: string, span: OtlpSpan, ancestors: readonly LineageSpan[]): string | undefined {
  let name = nameOn(span, key);
  for (let index = 0; name === undefined && index < ancestors.length; index++) {
    const ancestor = ancestors[index];
    if (ancestor !== undefined) name = nameOn(ancestor.span, key);
  }
  return name ?? attributionText(span.resourceAttribute(key));
}

function nameOn(span: OtlpSpan, key: string): string | undefined {
  const value = span.attribute(key);
  if (value === undefined || isOfOtherSide(key, span.kindName === 'client')) return undefined;
  return attributionText(value);
}
