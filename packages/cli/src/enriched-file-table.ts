import {
  addMoney,
  type CostRecord,
  inputTokenTotal,
  type Money,
  outputTokenTotal,
  parseMoney,
  ZERO_MONEY,
} from '@costspan/cost-model';
import type { SpanExplanation } from '@costspan/gateway';
import { displayMoney } from './display-money.ts';
import { displayCount } from './display-rate.ts';
import { type EnrichedSpans, spanKey } from './enriched-spans.ts';
import { type Column, formatTable } from './table.ts';

/** More rows are counted but not shown; `--json` has them all. */
const ROWS_SHOWN_MAX = 200;
/** Kept for the rows that are shown when only model calls are. */
const ROWS_KEPT_MAX = 10_000;
const DEPTH_SHOWN_MAX = 12;

const COLUMNS: readonly Column[] = [
  { head: 'Span', align: 'left' },
  { head: 'Dialect', align: 'left' },
  { head: 'Model', align: 'left' },
  { head: 'In', align: 'right' },
  { head: 'Out', align: 'right' },
  { head: 'Cost', align: 'decimal' },
  { head: 'Why', align: 'left' },
];

interface SpanRow {
  readonly span: SpanExplanation;
  readonly record: CostRecord | undefined;
  readonly depth?: number;
}

/** The spans of a file as a person reads them: what each was taken for, what it cost, and why. */
export class EnrichedFileTable {
  readonly #currency: string;
  readonly #rows: SpanRow[] = [];
  readonly #counts = { priced: 0, unpriced: 0, duplicate: 0 };
  #spans = 0;
  #bounded = 0;
  #total: Money = ZERO_MONEY;

  constructor(currency: string) {
    this.#currency = currency;
  }

  add({ spans, records }: EnrichedSpans): void {
    this.#spans += spans.length;
    for (const record of records.values()) {
      this.#counts[record.status] += 1;
      if (record.cost === null) continue;
      this.#total = addMoney(this.#total, parseMoney(record.cost.total) ?? ZERO_MONEY);
      if (boundSign(record) !== '') this.#bounded += 1;
    }
    if (this.#rows.length >= ROWS_KEPT_MAX) return;
    for (const span of spans) this.#rows.push({ span, record: records.get(spanKey(span)) });
  }

  /** @param everySpan Whether spans that are no model call are shown too, each below its parent. */
  format(everySpan: boolean): string {
    const rows = everySpan
      ? inTreeOrder(this.#rows)
      : this.#rows.filter(({ record }) => record !== undefined);
    const shown = rows.slice(0, ROWS_SHOWN_MAX);
    const { priced, unpriced, duplicate } = this.#counts;
    const all = everySpan ? this.#spans : priced + unpriced + duplicate;
    const cells = shown.map((row) => this.#cells(row));
    const lines = shown.length === 0 ? [] : [formatTable(COLUMNS, cells), ''];
    if (all > shown.length)
      lines.push(`${displayCount(all - shown.length)} more are not shown; --json has all.`);
    lines.push(
      `${displayCount(this.#spans)} spans, ${displayCount(priced + unpriced + duplicate)} of model calls: ` +
        `${displayCount(priced)} priced, ${displayCount(unpriced)} unpriced, ` +
        `${displayCount(duplicate)} that repeat a call. Total ${displayMoney(this.#total, this.#currency)}.`,
    );
    if (this.#bounded > 0) {
      const count = displayCount(this.#bounded);
      lines.push(`${count} of the prices are bounds or estimates: ≤ at most, ≥ at least, ~ about this.`);
    }
    return `${lines.join('\n')}\n`;
  }

  #cells({ span, record, depth = 0 }: SpanRow): string[] {
    return [
      `${'  '.repeat(Math.min(depth, DEPTH_SHOWN_MAX))}${span.name}`,
      span.dialect ?? '',
      record?.model ?? '',
      countCell(inputTokenTotal(record?.usage ?? {})),
      countCell(outputTokenTotal(record?.usage ?? {})),
      record?.cost === undefined || record.cost === null
        ? ''
        : `${boundSign(record)}${displayMoney(parseMoney(record.cost.total) ?? ZERO_MONEY, this.#currency)}`,
      span.why,
    ];
  }
}

function boundSign({ usageSource, usageIncomplete }: CostRecord): string {
  if (usageSource === 'estimated') return '~ ';
  if (usageIncomplete === null) return '';
  return usageIncomplete === 'upper_bound' ? '≤ ' : '≥ ';
}

function countCell(count: number): string {
  return count === 0 ? '' : displayCount(count);
}

/** Every span below its parent, as far as that is in the file. */
function inTreeOrder(rows: readonly SpanRow[]): SpanRow[] {
  const keys = new Set(rows.map(({ span }) => spanKey(span)));
  const parentKey = ({ span }: SpanRow): string => `${span.traceId} ${span.parentSpanId}`;
  const byParent = Map.groupBy(rows, parentKey);
  const ordered: SpanRow[] = [];
  const toVisit = rows.filter((row) => !keys.has(parentKey(row))).toReversed();
  for (let row = toVisit.pop(); row !== undefined; row = toVisit.pop()) {
    const depth = row.depth ?? 0;
    ordered.push(row);
    const children = byParent.get(spanKey(row.span)) ?? [];
    toVisit.push(...children.map((child) => ({ ...child, depth: depth + 1 })).toReversed());
  }
  return ordered;
}
