import { type Rate, USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import {
  builtinPriceBook,
  type EntryData,
  type PeriodData,
  type PriceBook,
  type RateCardData,
  type RatesData,
  type WindowData,
} from '@costspan/pricing';
import type { Command } from 'commander';
import { displayCount, displayRate, displayRateUnit } from '../display-rate.ts';
import { EXIT_FINDING } from '../exit-code.ts';
import { formatTable } from '../table.ts';

interface PricesShowOptions {
  readonly json?: boolean;
}

const CLOSEST_MAX = 5;
const DAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export function addPricesShowCommand(prices: Command): void {
  prices
    .command('show')
    .description('Shows one entry: its names, its rates and their history.')
    .argument('<entry>', 'entry, such as openai/gpt-5-mini')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  costspan prices show openai/gpt-5-mini')
    .action((name: string, options: PricesShowOptions) => {
      showPrices(name, options);
    });
}

function showPrices(name: string, options: PricesShowOptions): void {
  const book = builtinPriceBook();
  const entry = findEntry(book, name.toLowerCase());
  if (entry === undefined) {
    process.exitCode = EXIT_FINDING;
    console.error(`No entry is named ${name}; ${describeClosest(book, name)}.`);
  } else if (options.json === true) {
    const { version, digest, currency } = book;
    console.log(JSON.stringify({ priceBook: { version, digest }, currency, ...entry }, null, 2));
  } else {
    console.log(describeEntry(book, entry));
  }
}

function findEntry(book: PriceBook, name: string): EntryData | undefined {
  const slash = name.indexOf('/');
  const [provider, model] = [name.slice(0, slash), name.slice(slash + 1)];
  return [...book.entries()].find(
    (entry) =>
      entry.provider === provider && (entry.model === model || entry.aliases?.includes(model) === true),
  );
}

function describeClosest(book: PriceBook, name: string): string {
  const slash = name.indexOf('/');
  const provider = slash === -1 ? undefined : name.slice(0, slash);
  const closest = book.closest(provider, name.slice(slash + 1), CLOSEST_MAX);
  return closest.length === 0 ? '"costspan prices list" shows all' : `closest: ${closest.join(', ')}`;
}

function describeEntry(book: PriceBook, entry: EntryData): string {
  const minimum = Object.entries(entry.minimum ?? {}).map(([bucket, quantity]) => `${quantity} ${bucket}`);
  const lines: [name: string, text: string | undefined][] = [
    ['Entry', `${entry.provider}/${entry.model}`],
    ['Aliases', entry.aliases?.join(', ')],
    ['Source', `${entry.sourceUrl}, checked ${entry.checked}`],
    ['Book', `${book.version}, ${book.digest}`],
    ['Minimum', minimum.length === 0 ? undefined : `${minimum.join(', ')} for each call`],
    ['No price', entry.undetermined?.map((bucket) => USAGE_BUCKETS[bucket].label).join(', ')],
    ...(entry.notes ?? []).map((note): [string, string] => ['Note', note]),
  ];
  return [
    ...lines.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(8)}  ${text}`])),
    ...entry.periods.toReversed().flatMap(describePeriod),
  ].join('\n');
}

function describePeriod(period: PeriodData): string[] {
  const from = period.from === undefined ? 'From the beginning' : `From ${period.from}`;
  const until = period.until === undefined ? '' : ` until ${period.until}`;
  return [
    '',
    `${from}${until}`,
    ...describeRateCard(period),
    ...(period.windows ?? []).flatMap((window) => ['', describeHours(window), ...describeRateCard(window)]),
  ];
}

function describeHours({ days, from, until }: WindowData): string {
  const names = days === undefined ? 'every day' : days.map((day) => DAY_NAMES[day] ?? '').join(', ');
  return `${from} to ${until} UTC, ${names}`;
}

function describeRateCard({ rates, longContext = [] }: RateCardData): string[] {
  return [
    ratesTable(rates),
    ...longContext.flatMap((tier) => [
      '',
      `From ${displayCount(tier.inclusive ? tier.inputTokens : tier.inputTokens + 1)} input tokens, for the whole request`,
      ratesTable(tier.rates),
    ]),
  ];
}

function ratesTable(rates: RatesData): string {
  const rows = (Object.entries(rates) as [UsageBucket, Pick<Rate, 'decimal' | 'per'>][]).map(
    ([bucket, { decimal, per }]) => {
      const { unit, label } = USAGE_BUCKETS[bucket];
      return [label, displayRate(decimal), displayRateUnit({ per, unit })];
    },
  );
  return formatTable(
    [
      { head: 'What', align: 'left' },
      { head: 'Rate', align: 'decimal' },
      { head: 'Per', align: 'left' },
    ],
    rows,
  );
}
