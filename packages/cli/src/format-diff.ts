import { parseMoney, USAGE_BUCKETS, ZERO_MONEY } from '@costspan/cost-model';
import type { PriceBookDiff, RateChange, RateScope, SourceDisagreement } from '@costspan/price-catalogues';
import type { RateData } from '@costspan/pricing';
import { displayMoney } from './display-money.ts';
import { displayCount, displayRate, displayRateUnit } from './display-rate.ts';
import { bold, type Column, formatTable, printable } from './table.ts';
import type { UsageEffect } from './usage-effect.ts';

const NAMES_SHOWN_MAX = 20;
const NONE = '–';

/** What changed between two books, as text. */
export function formatDiff(diff: PriceBookDiff, rowsMax: number): string {
  const { added, removed, changed, movedNames } = diff;
  if (added.length + removed.length + changed.length + movedNames.length === 0) return 'Nothing changed.';
  const rows = changed.flatMap(({ entry, rates, multipliers, currency, discount }) => [
    ...(discount === undefined
      ? []
      : [
          [
            entry,
            'discount on every rate',
            '',
            discountText(discount.older),
            discountText(discount.newer),
            '',
            '',
          ],
        ]),
    ...(currency === undefined ? [] : [[entry, 'currency', '', currency.older, currency.newer, '', '']]),
    ...rates.map((change) => rateRow(entry, change, currency?.newer)),
    ...multipliers.map(({ region, older, newer }) => [
      entry,
      'factor on tokens',
      region,
      older ?? NONE,
      newer ?? NONE,
      '',
      '',
    ]),
  ]);
  return [
    ...nameLines('Only after', added),
    ...nameLines('Only before', removed),
    ...nameLines(
      'Names that lead elsewhere',
      movedNames.map(({ provider, name, from, to }) => `${provider}/${name}: ${from} → ${to}`),
    ),
    ...(rows.length === 0
      ? []
      : [
          bold(`Changed rates: ${displayCount(rows.length)}, in entries: ${displayCount(changed.length)}`),
          formatTable(DIFF_COLUMNS, rows.slice(0, rowsMax)),
          ...moreLines(rows.length - rowsMax),
        ]),
  ].join('\n');
}

const DIFF_COLUMNS: readonly Column[] = [
  { head: 'Entry', align: 'left' },
  { head: 'What', align: 'left' },
  { head: 'Calls', align: 'left' },
  { head: 'Before', align: 'decimal' },
  { head: 'After', align: 'decimal' },
  { head: 'Per', align: 'left' },
  { head: 'Change', align: 'right' },
];

function rateRow(entry: string, change: RateChange, currency: string | undefined): string[] {
  const { bucket, older, newer, factor } = change;
  const { label, unit } = USAGE_BUCKETS[bucket];
  const pers = [older, newer].flatMap((rate) =>
    rate === undefined ? [] : displayRateUnit({ ...rate, unit }),
  );
  return [
    entry,
    label,
    scopeText(change),
    rateText(older, currency),
    rateText(newer, currency),
    [...new Set(pers)].join(' → '),
    factor === undefined ? '' : percentText(factor),
  ];
}

function discountText(percent: string | undefined): string {
  return percent === undefined ? NONE : `${percent} %`;
}

/** `batch, us, above 200,000 input tokens`; nothing for the list price. */
function scopeText({ serviceTier, region, window, inputTokens, when }: RateScope): string {
  return [
    serviceTier,
    region,
    window,
    inputTokens === undefined ? undefined : `above ${displayCount(inputTokens)} tokens`,
    when,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function rateText(rate: RateData | undefined, currency?: string): string {
  if (rate === undefined) return NONE;
  const steps = rate.volume === undefined ? '' : ' …';
  return `${displayRate(rate.decimal, currency)}${steps}`;
}

function percentText(factor: number): string {
  if (factor >= 10) return `× ${factor}`;
  const percent = Math.round((factor - 1) * 1000) / 10;
  return `${percent > 0 ? '+' : ''}${percent} %`;
}

/** The effect of a change on a file of calls, as text. */
export function formatEffect(effect: UsageEffect, currency: string): string {
  const show = (decimal: string | null): string =>
    decimal === null ? NONE : displayMoney(parseMoney(decimal) ?? ZERO_MONEY, currency);
  const { onlyBefore, onlyAfter } = effect;
  const amounts = ({ before, after, difference }: Amounts): string[] => [before, after, difference].map(show);
  const columns: Column[] = [
    { head: 'Model', align: 'left' },
    { head: 'Calls', align: 'right' },
    { head: 'Before', align: 'decimal' },
    { head: 'After', align: 'decimal' },
    { head: 'Difference', align: 'decimal' },
    { head: 'No price', align: 'left' },
  ];
  const changes = effect.biggestChanges.map((change) => [
    String(change.line),
    idText(change.id),
    change.model,
    ...amounts(change),
  ]);
  const shown = effect.models.slice(0, NAMES_SHOWN_MAX);
  return [
    bold(
      `Effect on a file of ${displayCount(effect.calls)} calls; amounts are of those with a price before and after`,
    ),
    formatTable(
      columns,
      shown.map((model) => [model.model, displayCount(model.calls), ...amounts(model), gapText(model)]),
      { footRows: [['total', displayCount(effect.pricedBoth), ...amounts(effect), '']] },
    ),
    ...moreLines(effect.models.length - shown.length),
    ...(onlyBefore.calls === 0
      ? []
      : [
          `Calls with a price only before: ${displayCount(onlyBefore.calls)}, ${show(onlyBefore.total)} in all`,
        ]),
    ...(onlyAfter.calls === 0
      ? []
      : [`Calls with a price only after: ${displayCount(onlyAfter.calls)}, ${show(onlyAfter.total)} in all`]),
    ...(effect.unpriced === 0 ? [] : [`Calls without a price in either: ${displayCount(effect.unpriced)}`]),
    ...(effect.errors === 0
      ? []
      : [`Lines that are no calls: ${displayCount(effect.errors)}; "costspan price --from" says why`]),
    ...(changes.length === 0 ? [] : ['', bold('Biggest changes'), formatTable(CHANGE_COLUMNS, changes)]),
  ].join('\n');
}

type Amounts = Pick<UsageEffect, 'before' | 'after' | 'difference'>;

const CHANGE_COLUMNS: readonly Column[] = [
  { head: 'Line', align: 'right' },
  { head: 'Id', align: 'left' },
  { head: 'Model', align: 'left' },
  { head: 'Before', align: 'decimal' },
  { head: 'After', align: 'decimal' },
  { head: 'Difference', align: 'decimal' },
];

function idText(id: unknown): string {
  return typeof id === 'string' ? id : (JSON.stringify(id) ?? '');
}

function gapText(model: UsageEffect['models'][number]): string {
  const gaps = [
    [model.onlyBefore, 'after'],
    [model.onlyAfter, 'before'],
    [model.unpriced, 'before and after'],
  ] as const;
  return gaps.flatMap(([calls, when]) => (calls === 0 ? [] : `${displayCount(calls)} ${when}`)).join(', ');
}

/** Where sources disagree, with the number of each. */
export function formatDisagreements(
  sources: readonly string[],
  disagreements: readonly SourceDisagreement[],
  rowsMax: number,
): string {
  const columns: Column[] = [
    { head: 'Model', align: 'left' },
    { head: 'What', align: 'left' },
    { head: 'Calls', align: 'left' },
    ...sources.map((head) => ({ head: printable(head), align: 'decimal' as const })),
  ];
  const rows = disagreements.flatMap(({ provider, model, rates }) =>
    rates.map((rate) => [
      provider === undefined ? model : `${provider}/${model}`,
      USAGE_BUCKETS[rate.bucket].label,
      scopeText(rate),
      ...sources.map((source) => {
        const stated = rate.values.find((value) => value.source === source)?.rate;
        if (stated === undefined) return NONE;
        return `${rateText(stated)} / ${displayRateUnit({ ...stated, unit: USAGE_BUCKETS[rate.bucket].unit })}`;
      }),
    ]),
  );
  return [formatTable(columns, rows.slice(0, rowsMax)), ...moreLines(rows.length - rowsMax)].join('\n');
}

function nameLines(head: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, NAMES_SHOWN_MAX).map((name) => `  ${printable(name, 200)}`);
  return [
    bold(`${head}: ${displayCount(names.length)}`),
    ...shown,
    ...moreLines(names.length - shown.length),
    '',
  ];
}

function moreLines(more: number): string[] {
  return more > 0 ? [`  … ${displayCount(more)} more, --json has all`] : [];
}
