import { styleText } from 'node:util';
import {
  divideHalfEven,
  type Money,
  MONEY_DECIMALS,
  type UsageMissing,
  ZERO_MONEY,
} from '@costspan/cost-model';
import Table from 'cli-table3';
import { type Coverage, type CoverageGap, percentOf, type UnstatedCalls } from './coverage.ts';

const MONEY_DECIMALS_SHOWN = 6;

/** The coverage as tables of at most 110 columns. */
export function formatCoverage(coverage: Coverage): string {
  return [
    bold('Coverage: what was measured of what the providers bill, by their own ledger'),
    formatShares(coverage),
    ...coverage.unstated.map(formatUnstated),
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
  const { callsServed, callsSeen, callsPriceable, callsPriced, moneyMeasured, moneyTrue } = coverage;
  const countRow = (name: string, part: number, whole: number): string[] => [
    name,
    String(part),
    String(whole),
    percent(BigInt(part), BigInt(whole)),
  ];
  return formatTable(
    ['', 'Measured', 'Served', 'Share'],
    [
      countRow('Calls seen', callsSeen, callsServed),
      countRow('Calls priced', callsPriced, callsPriceable),
      ['Money', displayMoney(moneyMeasured), displayMoney(moneyTrue), percent(moneyMeasured, moneyTrue)],
    ],
    ['left', 'right', 'right', 'right'],
  );
}

const UNSTATED_STREAMS: Readonly<Record<UsageMissing, readonly [one: string, many: string]>> = {
  stream_ended_early: [
    'stream was cut off before its usage was stated',
    'streams were cut off before their usage was stated',
  ],
  stream_usage_not_requested: [
    'stream was not asked to state its usage',
    'streams were not asked to state their usage',
  ],
};

/** What no client can know, apart from what it can. */
function formatUnstated({ reason, recordedAs, calls, moneyTrue, moneyRecorded }: UnstatedCalls): string {
  const [one, many] = UNSTATED_STREAMS[reason];
  const recorded =
    recordedAs === 'unpriced'
      ? `recorded as unpriced (${reason})`
      : `recorded as at least ${displayMoney(moneyRecorded)} (lower_bound)`;
  return [
    `\nBeside them ${calls} ${calls === 1 ? one : many}: ${recorded};`,
    `by the provider's ledger ${calls === 1 ? 'it' : 'they'} cost ${displayMoney(moneyTrue)}, which no client can know.`,
  ].join('\n');
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
