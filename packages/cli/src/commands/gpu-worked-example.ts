import {
  type MethodResult,
  WORKED_EXAMPLE_REQUESTS_MAX,
  workedExample,
  type WorkedExampleRow,
} from '@costspan/allocation';
import { formatMoney, type Money, parseMoney } from '@costspan/cost-model';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { displayExactMoney, displayMoney } from '../display-money.ts';
import { displayCount } from '../display-rate.ts';
import { UsageError } from '../exit-code.ts';
import { parseCount } from '../parse-option.ts';
import { bold, formatTable } from '../table.ts';

/** The options of the worked example, beside `--json`. */
export interface WorkedExampleFlags {
  readonly rate?: Money;
  readonly requests?: readonly number[];
  readonly seconds?: bigint;
  readonly capacity?: number;
  readonly overhead?: string;
  readonly json?: boolean;
}

const RATE_DEFAULT = '4.00';
const REQUESTS_DEFAULT: readonly number[] = [200, 1200, 4000];
const REQUEST_NANOS_DEFAULT = 2_000_000_000n;
const OVERHEAD_PERCENT_DEFAULT = '15';
const LOADS_MAX = 10;
/** So that a window's cost stays within exact numbers. */
const RATE_MAX = '9000';
const SPLITS_SHOWN_MAX = 4;
const CURRENCY = 'USD';
/** What asks for the books of pools, of which the worked example has none. */
const BOOKS_OPTIONS = [
  'from',
  'until',
  'pool',
  'windows',
  'device',
  'focus',
  'hostProvider',
  'data',
  'config',
] as const;

export function addWorkedExampleOptions(gpu: Command): void {
  gpu
    .addOption(
      new Option(
        '--worked-example',
        'print what one instance costs a request at several loads; needs no configuration',
      ).conflicts([...BOOKS_OPTIONS]),
    )
    .option('--rate <amount>', `worked example: cost of an hour (default: ${RATE_DEFAULT})`, parseRate)
    .option(
      '--requests <counts>',
      `worked example: requests an hour, separated by commas (default: ${REQUESTS_DEFAULT.join(',')})`,
      parseLoads,
    )
    .option('--seconds <seconds>', 'worked example: how long a request takes (default: 2)', parseSeconds)
    .option('--capacity <requests>', 'worked example: requests that it works on at once', parseCapacity)
    .option(
      '--overhead <percent>',
      `worked example: overhead on the rate (default: ${OVERHEAD_PERCENT_DEFAULT})`,
      parsePercent,
    );
}

/** @throws UsageError when the books of pools are asked for with an option of the worked example. */
export function refuseWorkedExampleFlags(flags: WorkedExampleFlags): void {
  const { rate, requests, seconds: requestSeconds, capacity, overhead } = flags;
  const given = Object.entries({ rate, requests, seconds: requestSeconds, capacity, overhead }).find(
    ([, value]) => value !== undefined,
  );
  if (given === undefined) return;
  throw new UsageError(`--${given[0]} is of the worked example; add --worked-example`);
}

/** Prints an hour of one instance at several loads, by throughput and by time share, settled by the same code as a pool's. */
export function printWorkedExample(flags: WorkedExampleFlags): void {
  const perHour = flags.rate ?? (parseMoney(RATE_DEFAULT) as Money);
  const overheadPercent = flags.overhead ?? OVERHEAD_PERCENT_DEFAULT;
  const requestNanos = flags.seconds ?? REQUEST_NANOS_DEFAULT;
  const rows = workedExample({
    perHour,
    currency: CURRENCY,
    requestsPerHour: flags.requests ?? REQUESTS_DEFAULT,
    requestNanos,
    capacity: flags.capacity,
    overheadPercent,
  });
  const facts = { perHour, overheadPercent, requestNanos, capacity: flags.capacity };
  console.log(
    flags.json === true ? JSON.stringify(exampleJson(rows, facts), null, 2) : formatExample(rows, facts),
  );
}

interface ExampleFacts {
  readonly perHour: Money;
  readonly overheadPercent: string;
  readonly requestNanos: bigint;
  readonly capacity: number | undefined;
}

function exampleJson(rows: readonly WorkedExampleRow[], facts: ExampleFacts): object {
  return {
    schema: 'costspan.gpu_worked_example.v1',
    currency: CURRENCY,
    perHour: formatMoney(facts.perHour),
    requestSeconds: seconds(facts.requestNanos),
    capacity: facts.capacity ?? null,
    overheadPercent: facts.overheadPercent,
    loads: rows.map(({ requests, occupancy, meanConcurrency, loadedPerRequest, throughput, timeShare }) => ({
      requests,
      occupancy,
      meanConcurrency,
      loadedPerRequest: formatMoney(loadedPerRequest),
      throughput: methodJson(throughput),
      timeShare: methodJson(timeShare),
    })),
  };
}

function methodJson(result: MethodResult): object {
  return {
    bill: formatMoney(result.bill),
    used: formatMoney(result.used),
    slack: formatMoney(result.slack),
    idle: formatMoney(result.idle),
    overhead: formatMoney(result.overhead),
    perRequest: formatMoney(result.perRequest),
    perRequestWithOverhead: formatMoney(result.perRequestWithOverhead),
    split: result.split.map(({ requests, amount }) => ({ requests, amount: formatMoney(amount) })),
  };
}

function formatExample(rows: readonly WorkedExampleRow[], facts: ExampleFacts): string {
  const { perHour, overheadPercent, requestNanos, capacity } = facts;
  const right = (head: string) => ({ head, align: 'right' as const });
  const decimal = (head: string) => ({ head, align: 'decimal' as const });
  const hasCapacity = capacity !== undefined;
  const columns = [
    right('Requests'),
    right('Busy'),
    decimal('By throughput'),
    decimal(`with ${overheadPercent} %`),
    decimal('By time share'),
    ...(hasCapacity ? [decimal('of it used')] : []),
    decimal(`with ${overheadPercent} %`),
    decimal('Idle'),
  ];
  const cells = rows.map(({ requests, occupancy, throughput, timeShare }) => [
    displayCount(requests),
    `${(occupancy * 100).toFixed(2)} %`,
    displayMoney(throughput.perRequest),
    displayMoney(throughput.perRequestWithOverhead),
    displayMoney(timeShare.perRequest),
    ...(hasCapacity ? [displayMoney(usedPerRequest(timeShare, requests))] : []),
    displayMoney(timeShare.perRequestWithOverhead),
    displayMoney(timeShare.idle),
  ]);
  return [
    bold(
      `One instance at ${displayMoney(perHour)} an hour, requests of ${seconds(requestNanos)} seconds, evenly started`,
    ),
    formatTable(columns, cells),
    '',
    bold('To the last pico-unit'),
    ...rows.flatMap(splitLines),
    '',
    'By throughput the hour is divided by its requests: the fewer there are, the dearer each, and',
    'idle time hides in it. By time share a request pays for the moments in which it ran, divided',
    'among those that ran beside it; the time in which nothing ran stays idle, a cost of the',
    'reservation and not of a request. Either way the parts add up to the bill.',
    ...(hasCapacity
      ? [`Used is what it would pay of a full batch of ${capacity}; the rest of its time share is slack.`]
      : []),
  ].join('\n');
}

function usedPerRequest({ used }: MethodResult, requests: number): Money {
  return (used / BigInt(requests)) as Money;
}

function splitLines({ requests, throughput, timeShare }: WorkedExampleRow): string[] {
  return [
    `${displayCount(requests)} by throughput: ${splitText(throughput)} = ${displayExactMoney(throughput.direct)}`,
    `${displayCount(requests)} by time share: ${splitText(timeShare)} + ${displayExactMoney(timeShare.idle)} idle = ` +
      displayExactMoney((timeShare.direct + timeShare.idle) as Money),
  ];
}

/** `800 × $0.003333333333 + 400 × $0.003333333334`; where a request's neighbours differ there are too many to list. */
function splitText({ split, direct }: MethodResult): string {
  if (split.length <= SPLITS_SHOWN_MAX) {
    return split
      .map(({ requests, amount }) => `${displayCount(requests)} × ${displayExactMoney(amount)}`)
      .join(' + ');
  }
  const [first] = split;
  const amounts = split.map(({ amount }) => amount).sort((a, b) => (a < b ? -1 : 1));
  const range = `from ${displayExactMoney(amounts[0] as Money)} to ${displayExactMoney(amounts.at(-1) as Money)}`;
  return `${displayExactMoney(direct)} (${displayCount(split.length)} different amounts ${range}, most often ${displayExactMoney(first?.amount as Money)})`;
}

const NANOS_PER_SECOND = 1_000_000_000n;
const HOUR_SECONDS = 3600;

function seconds(nanos: bigint): string {
  return String(Number(nanos) / Number(NANOS_PER_SECOND));
}

function parseRate(text: string): Money {
  const rate = parseMoney(text);
  if (rate === undefined || rate < 0n || rate > (parseMoney(RATE_MAX) as Money)) {
    throw new InvalidArgumentError(`Write an amount such as 4.00, at most ${RATE_MAX}.`);
  }
  return rate;
}

function parseLoads(text: string): readonly number[] {
  const loads = text.split(',').map((part) => parseCount(part.trim()));
  if (loads.length > LOADS_MAX || loads.some((load) => load < 1 || load > WORKED_EXAMPLE_REQUESTS_MAX)) {
    throw new InvalidArgumentError(
      `Write up to ${LOADS_MAX} whole numbers from 1 to ${displayCount(WORKED_EXAMPLE_REQUESTS_MAX)}, such as 200,1200.`,
    );
  }
  return loads;
}

function parseSeconds(text: string): bigint {
  const match = /^(\d{1,4})(?:\.(\d{1,9}))?$/.exec(text);
  const nanos =
    match === null
      ? 0n
      : BigInt(match[1] ?? '0') * NANOS_PER_SECOND + BigInt((match[2] ?? '').padEnd(9, '0'));
  if (nanos <= 0n || nanos > BigInt(HOUR_SECONDS) * NANOS_PER_SECOND) {
    throw new InvalidArgumentError('Write seconds such as 2 or 0.5, at most an hour.');
  }
  return nanos;
}

function parseCapacity(text: string): number {
  const capacity = parseCount(text);
  if (capacity < 1) throw new InvalidArgumentError('Write a whole number, at least 1.');
  return capacity;
}

function parsePercent(text: string): string {
  const percent = /^\d{1,4}(\.\d{1,6})?$/.test(text) ? text : undefined;
  if (percent === undefined) throw new InvalidArgumentError('Write a percentage such as 15 or 7.5.');
  return percent;
}
