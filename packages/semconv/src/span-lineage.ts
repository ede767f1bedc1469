/** Finds the span around a live span of this process; `undefined` when it is not known. */
export type ParentOf = (span: object) => object | undefined;

const LINEAGES_KEY = Symbol.for('costspan.span_lineages');

/**
 * Who knows which span is around which: a span itself has only its parent's id. Every span processor that follows
 * spans registers itself. Shared through globalThis, so that two copies of this package still work together.
 */
export function spanLineages(): Set<ParentOf> {
  const holder = globalThis as { [LINEAGES_KEY]?: Set<ParentOf> };
  holder[LINEAGES_KEY] ??= new Set();
  return holder[LINEAGES_KEY];
}

/** The span around a live span, if any processor knows it. */
export function parentOfSpan(span: object): object | undefined {
  for (const parentOf of spanLineages()) {
    const parent = parentOf(span);
    if (parent !== undefined) return parent;
  }
  return undefined;
}
