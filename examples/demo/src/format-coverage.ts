import { styleText } from 'node:util';
import { divideHalfEven, type Money, MONEY_DECIMALS, ZERO_MONEY } from '@costspan/cost-model';
import Table from 'cli-table3';
import { type Coverage, type CoverageGap, percentOf } from './coverage.ts';

const MONEY_DECIMALS_SHOWN = 6;

/** The coverage as tables of at most 110 columns. */
export function formatCoverage(coverage: Coverage): string {
  return [
    bold('Coverage: what was measured of what the providers bill, by their own ledger'),
    formatShares(coverage),
    ...formatGaps('Lost', coverage.losses, coverage.moneyTrue),
    ...formatGaps(
      'Measured too high (not set off against what is lost)',
      coverage.excesses,
      coverage.moneyTrue,
    ),
    ...(coverage.callsWithoutTruth > 0
      ? [`${coverage.callsWithoutTruth} served calls have no price in the price book and count for no money.`]
      : []),
  ].join('\n');
}

function formatShares(coverage: Coverage): string {
  const { callsServed, callsSeen, callsPriced, moneyMeasured, moneyTrue } = coverage;
  const countRow = (name: string, part: number): string[] => [
    name,
    String(part),
    String(callsServed),
    percent(BigInt(part), BigInt(callsServed)),
  ];
  return formatTable(
    ['', 'Measured', 'Served', 'Share'],
    [
      countRow('Calls seen', callsSeen),
      countRow('Calls priced', callsPriced),
      ['Money', displayMoney(moneyMeasured), displayMoney(moneyTrue), percent(moneyMeasured, moneyTrue)],
    ],
    ['left', 'right', 'right', 'right'],
  );
}

function formatGaps(title: string, gaps: readonly CoverageGap[], moneyTrue: Money): string[] {
  if (gaps.length === 0) return [`\n${bold(title)}: nothing`];
  const rows = gaps.map(({ calls, money, what, why }) => [
    String(calls),
    displayMoney(money),
    percent(money, moneyTrue),
    what,
    why,
  ]);
  return [
    `\n${bold(title)}`,
    formatTable(['Calls', 'Money', 'Of all', 'What', 'Why'], rows, [
      'right',
      'right',
      'right',
      'left',
      'left',
    ]),
  ];
}

const NO_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .map((part) => [part, '']),
);

function formatTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  aligns: ('left' | 'right')[],
): string {
  const table = new Table({
    chars: { ...NO_BORDERS, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: aligns,
  });
  const widthOf = (index: number): number =>
    Math.max(...[heads, ...rows].map((row) => row[index]?.length ?? 0));
  table.push(
    heads.map(bold),
    heads.map((_, index) => '─'.repeat(widthOf(index))),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function percent(part: bigint, whole: bigint): string {
  const share = percentOf(part, whole);
  return share === undefined ? '–' : `${share} %`;
}

/** Rounded to the sixth place; an amount that would vanish is shown as below it. */
function displayMoney(amount: Money): string {
  const scale = 10n ** BigInt(MONEY_DECIMALS - MONEY_DECIMALS_SHOWN);
  const scaled = divideHalfEven(amount, scale);
  if (scaled === 0n && amount > ZERO_MONEY) return '<$0.000001';
  const digits = scaled.toString().padStart(MONEY_DECIMALS_SHOWN + 1, '0');
  const point = digits.length - MONEY_DECIMALS_SHOWN;
  return `$${digits.slice(0, point)}.${digits.slice(point)}`;
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}
