import { canonicalProvider, USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import { type EntryData, type PeriodData, periodAt, type PriceBook } from '@costspan/pricing';
import type { Command } from 'commander';
import { displayCount, displayRate } from '../display-rate.ts';
import { EXIT_FINDING } from '../exit-code.ts';
import { loadPriceBook, printWarnings } from '../load-price-book.ts';
import { parseDate } from '../parse-option.ts';
import { formatTable } from '../table.ts';

interface PricesListOptions {
  readonly provider?: string;
  readonly at?: Date;
  readonly book?: string;
  readonly config?: string;
  readonly json?: boolean;
}

interface EntryInForce {
  readonly name: string;
  readonly entry: EntryData;
  readonly period: PeriodData;
}

/** The columns; a column shows the first of its buckets that has a rate. */
const LISTED_BUCKETS: readonly (readonly UsageBucket[])[] = [
  ['input'],
  ['cacheRead'],
  ['cacheWrite5m', 'cacheWrite'],
  ['cacheWrite1h'],
  ['output'],
];

export function addPricesListCommand(prices: Command): void {
  prices
    .command('list')
    .description('Lists the entries in force, in currency units per million tokens.')
    .argument('[text]', 'only entries whose name contains this')
    .option('--provider <name>', 'only entries of this provider')
    .option('--at <date>', 'prices in force at this day or time, UTC (default: now)', parseDate)
    .option(
      '--book <name>',
      'price book: a file, a published version, or builtin (default: the one in force)',
    )
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  costspan prices list sonnet --provider anthropic')
    .action(listPrices);
}

async function listPrices(text: string | undefined, options: PricesListOptions): Promise<void> {
  const { book, warnings } = await loadPriceBook(options);
  printWarnings(warnings);
  const { version, digest, currency } = book;
  const found = entriesInForce(book, text, options);
  if (found.length === 0) process.exitCode = EXIT_FINDING;
  if (options.json === true) {
    const entries = found.map(({ name, entry, period }) => ({
      entry: name,
      aliases: entry.aliases ?? [],
      sourceUrl: entry.sourceUrl,
      checked: entry.checked,
      ...(entry.currency !== undefined && { currency: entry.currency }),
      ...(entry.approximate !== undefined && { approximate: entry.approximate }),
      ...(entry.notes !== undefined && { notes: entry.notes }),
      ...period,
    }));
    console.log(JSON.stringify({ priceBook: { version, digest }, currency, entries }, null, 2));
    return;
  }
  console.log(
    found.length === 0
      ? `No entry matches in price book ${version}.`
      : `Price book ${version}, ${displayCount(found.length)} entries, $ per million tokens\n\n${listTable(found)}`,
  );
}

function entriesInForce(
  book: PriceBook,
  text: string | undefined,
  options: PricesListOptions,
): EntryInForce[] {
  const atMillis = (options.at ?? new Date()).getTime();
  const wanted = text?.toLowerCase() ?? '';
  const provider = options.provider === undefined ? undefined : canonicalProvider(options.provider);
  return [...book.entries()].flatMap((entry) => {
    const name = `${entry.provider}/${entry.model}`;
    const period = periodAt(entry, atMillis);
    const matches = (provider === undefined || entry.provider === provider) && name.includes(wanted);
    return matches && period !== undefined ? [{ name, entry, period }] : [];
  });
}

function listTable(found: readonly EntryInForce[]): string {
  return formatTable(
    [
      { head: 'Entry', align: 'left' },
      { head: 'Input', align: 'decimal' },
      { head: 'Cache read', align: 'decimal' },
      { head: 'Cache write', align: 'decimal' },
      { head: 'Write 1h', align: 'decimal' },
      { head: 'Output', align: 'decimal' },
      { head: 'Since', align: 'left' },
      { head: 'Also', align: 'left' },
    ],
    found.map(({ name, entry, period }) => [
      name,
      ...LISTED_BUCKETS.map((buckets) => {
        const rate = buckets.map((bucket) => period.rates[bucket]).find((each) => each !== undefined);
        return rate === undefined ? '' : displayRate(rate.decimal, entry.currency);
      }),
      period.from?.slice(0, 10) ?? '',
      alsoPriced(entry, period).join(', '),
    ]),
  );
}

/** What the columns do not show; `costspan prices show` does. */
function alsoPriced(entry: EntryData, period: PeriodData): string[] {
  const others = (Object.keys(period.rates) as UsageBucket[]).filter(
    (bucket) => !LISTED_BUCKETS.flat().includes(bucket),
  );
  return [
    ...(entry.approximate === undefined ? [] : ['APPROXIMATE']),
    ...(period.discount === undefined ? [] : [`${period.discount.percent} % off`]),
    ...Object.keys(period.serviceTiers ?? {}),
    ...(period.regions === undefined ? [] : ['by region']),
    ...(period.options === undefined ? [] : ['by option']),
    ...(period.longContext === undefined ? [] : ['long context']),
    ...(period.windows === undefined ? [] : ['by the hour']),
    ...others.map((bucket) => USAGE_BUCKETS[bucket].label),
  ];
}
