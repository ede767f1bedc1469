import {
  addMoney,
  type CostRecord,
  inputTokenTotal,
  type Money,
  outputTokenTotal,
  parseMoney,
  type TokenUsage,
  type UsageBucket,
  ZERO_MONEY,
} from '@costspan/cost-model';
import type { SpanExplanation } from '@costspan/gateway';
import { displayMoney } from './display-money.ts';
import { displayCount } from './display-rate.ts';
import { type EnrichedSpans, spanKey } from './enriched-spans.ts';
import { spanTree } from './span-tree.ts';
import { type Column, formatTable } from './table.ts';

/** More rows are counted but not shown; `--json` has them all. */
const ROWS_SHOWN_MAX = 200;
/** Kept of all spans, which are put below their parents before the first are shown. */
const SPANS_KEPT_MAX = 10_000;
const DEPTH_SHOWN_MAX = 12;
/** What the reasons say is never cut; what they quote of a span has a bound. */
const WHY_CHARACTERS_MAX = 1000;

const COLUMNS: readonly Column[] = [
  { head: 'Span', align: 'left' },
  { head: 'Span id', align: 'left' },
  { head: 'Dialect', align: 'left' },
  { head: 'Model', align: 'left' },
  { head: 'In', align: 'right' },
  { head: 'Out', align: 'right' },
  { head: 'Cost', align: 'decimal' },
  { head: 'Why', align: 'left', charactersMax: WHY_CHARACTERS_MAX },
];

const WHY_OTHERS = 'have nothing to do with a model';

const INPUT_BUCKETS: readonly UsageBucket[] = [
  'input',
  'inputAudio',
  'inputImage',
  'inputVideo',
  'cacheRead',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
];
const OUTPUT_BUCKETS: readonly UsageBucket[] = [
  'output',
  'outputAudio',
  'outputImage',
  'outputVideo',
  'reasoning',
  'citations',
];

interface SpanRow {
  readonly span: SpanExplanation;
  readonly record: CostRecord | undefined;
}

/** The spans of a file as a person reads them: what each was taken for, what it cost, and why. */
export class EnrichedFileTable {
  readonly #currency: string;
  readonly #everySpan: boolean;
  readonly #rows: SpanRow[] = [];
  readonly #counts = { priced: 0, unpriced: 0, duplicate: 0 };
  #spans = 0;
  #bounded = 0;
  #total: Money = ZERO_MONEY;

  /** @param everySpan Whether spans that are no model call are shown too, each below its parent. */
  constructor(currency: string, everySpan: boolean) {
    this.#currency = currency;
    this.#everySpan = everySpan;
  }

  add({ spans, records }: EnrichedSpans): void {
    this.#spans += spans.length;
    for (const record of records.values()) {
      this.#counts[record.status] += 1;
      if (record.cost === null) continue;
      this.#total = addMoney(this.#total, parseMoney(record.cost.total) ?? ZERO_MONEY);
      if (boundSign(record) !== '') this.#bounded += 1;
    }
    const rowsMax = this.#everySpan ? SPANS_KEPT_MAX : ROWS_SHOWN_MAX;
    for (const span of spans) {
      if (this.#rows.length >= rowsMax) return;
      const record = records.get(spanKey(span));
      if (this.#everySpan || record !== undefined) this.#rows.push({ span, record });
    }
  }

  format(): string {
    const { cells, spans } = this.#everySpan
      ? this.#tree()
      : { cells: this.#rows.map((row) => this.#cells(row, 0)), spans: this.#rows.length };
    const lines = cells.length === 0 ? [] : [formatTable(COLUMNS, cells), ''];
    const { priced, unpriced, duplicate } = this.#counts;
    const calls = priced + unpriced + duplicate;
    const left = (this.#everySpan ? this.#spans : calls) - spans;
    if (left > 0) {
      lines.push(`${displayCount(left)} more ${left === 1 ? 'is' : 'are'} not shown; --json has all.`);
    }
    lines.push(
      `${displayCount(this.#spans)} ${this.#spans === 1 ? 'span' : 'spans'}, ` +
        `${displayCount(calls)} of model calls: ` +
        `${displayCount(priced)} priced, ${displayCount(unpriced)} unpriced, ` +
        `${displayCount(duplicate)} that ${duplicate === 1 ? 'repeats' : 'repeat'} a call. ` +
        `Total ${displayMoney(this.#total, this.#currency)}.`,
    );
    if (this.#bounded > 0) {
      const what = this.#bounded === 1 ? 'is a bound or an estimate' : 'are bounds or estimates';
      lines.push(
        `${displayCount(this.#bounded)} of the prices ${what}: ≤ at most, ≥ at least, ~ about this.`,
      );
    }
    return `${lines.join('\n')}\n`;
  }

  /** The first rows of the tree, and how many spans are in them. */
  #tree(): { cells: string[][]; spans: number } {
    const nodes = spanTree(this.#rows).slice(0, ROWS_SHOWN_MAX);
    return {
      cells: nodes.map((node) =>
        'row' in node ? this.#cells(node.row, node.depth) : othersCells(node.others, node.depth),
      ),
      spans: nodes.reduce((sum, node) => sum + ('row' in node ? 1 : node.others), 0),
    };
  }

  #cells({ span, record }: SpanRow, depth: number): string[] {
    const usage = record?.usage ?? {};
    return [
      `${indent(depth)}${span.name}`,
      span.spanId,
      span.dialect ?? '',
      record?.model ?? '',
      isKnown(usage, INPUT_BUCKETS) ? displayCount(inputTokenTotal(usage)) : '',
      isKnown(usage, OUTPUT_BUCKETS) ? displayCount(outputTokenTotal(usage)) : '',
      record?.cost === undefined || record.cost === null
        ? ''
        : `${boundSign(record)}${displayMoney(parseMoney(record.cost.total) ?? ZERO_MONEY, this.#currency)}`,
      span.why,
    ];
  }
}

function othersCells(count: number, depth: number): string[] {
  return [`${indent(depth)}… ${displayCount(count)} spans`, '', '', '', '', '', '', WHY_OTHERS];
}

function indent(depth: number): string {
  return '  '.repeat(Math.min(depth, DEPTH_SHOWN_MAX));
}

function isKnown(usage: TokenUsage, buckets: readonly UsageBucket[]): boolean {
  return buckets.some((bucket) => usage[bucket] !== undefined);
}

/** Tokens that are missing leave GPU time as it is. */
function boundSign({ usageSource, usageIncomplete, gpu }: CostRecord): string {
  if (gpu !== undefined && gpu !== null) return gpu.basis === 'estimated' ? '≤ ' : '';
  if (usageSource === 'estimated') return '~ ';
  if (usageIncomplete === null) return '';
  return usageIncomplete === 'upper_bound' ? '≤ ' : '≥ ';
}
