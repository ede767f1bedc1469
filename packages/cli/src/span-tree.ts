import type { SpanExplanation } from '@costspan/gateway';
import { spanKey } from './enriched-spans.ts';

/** A span below its parent, or several at one place that have nothing to do with a model, in `others`. */
type SpanTreeNode<Row> =
  | { readonly depth: number; readonly row: Row }
  | { readonly depth: number; readonly others: number };

interface SpanRow {
  readonly span: SpanExplanation;
}

/**
 * Every span below its parent, as far as that is known. Neighbours that have nothing to do with a model, nor has
 * anything below them, become one node: most spans of a service are such.
 */
export function spanTree<Row extends SpanRow>(rows: readonly Row[]): SpanTreeNode<Row>[] {
  const byKey = new Map(rows.map((row) => [spanKey(row.span), row]));
  const shown = shownRows(rows, byKey);
  const isRoot = ({ span }: SpanRow): boolean => span.parentSpanId === '' || !byKey.has(parentKey(span));
  const childrenByParent = Map.groupBy(
    rows.filter((row) => !isRoot(row)),
    ({ span }) => parentKey(span),
  );
  /** Takes them away, so that ids that come twice are walked once. */
  const takeChildren = (row: Row): Row[] => {
    const key = spanKey(row.span);
    const children = childrenByParent.get(key) ?? [];
    childrenByParent.delete(key);
    return children;
  };
  const nodes: SpanTreeNode<Row>[] = [];
  const toVisit = grouped(rows.filter(isRoot), shown).map((group) => ({ depth: 0, group }));
  toVisit.reverse();
  for (let next = toVisit.pop(); next !== undefined; next = toVisit.pop()) {
    const { depth, group } = next;
    const [row] = group;
    if (row !== undefined && shown.has(row)) {
      nodes.push({ depth, row });
      const below = grouped(takeChildren(row), shown).map((each) => ({ depth: depth + 1, group: each }));
      for (const each of below.toReversed()) toVisit.push(each);
      continue;
    }
    const others = countWithAllBelow(group, takeChildren);
    nodes.push(row !== undefined && others === 1 ? { depth, row } : { depth, others });
  }
  return nodes;
}

/** The GenAI spans and all above them. */
function shownRows<Row extends SpanRow>(
  rows: readonly Row[],
  byKey: ReadonlyMap<string, Row>,
): ReadonlySet<Row> {
  const shown = new Set<Row>();
  for (const row of rows) {
    if (row.span.reading === 'not_genai') continue;
    for (let above: Row | undefined = row; above !== undefined && !shown.has(above);) {
      shown.add(above);
      above = above.span.parentSpanId === '' ? undefined : byKey.get(parentKey(above.span));
    }
  }
  return shown;
}

/** Siblings in their order: each that is shown by itself, and runs of the others. */
function grouped<Row>(siblings: readonly Row[], shown: ReadonlySet<Row>): Row[][] {
  const groups: Row[][] = [];
  let run: Row[] | undefined;
  for (const row of siblings) {
    if (run !== undefined && !shown.has(row)) {
      run.push(row);
      continue;
    }
    run = shown.has(row) ? undefined : [row];
    groups.push(run ?? [row]);
  }
  return groups;
}

function countWithAllBelow<Row>(group: readonly Row[], takeChildren: (row: Row) => readonly Row[]): number {
  const toCount = [...group];
  let count = 0;
  for (let row = toCount.pop(); row !== undefined; row = toCount.pop()) {
    count += 1;
    for (const child of takeChildren(row)) toCount.push(child);
  }
  return count;
}

function parentKey({ traceId, parentSpanId }: SpanExplanation): string {
  return spanKey({ traceId, spanId: parentSpanId });
}
