import { USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type { EntryData, PriceBook, PriceBookData } from '@costspan/pricing';
import type { Command } from 'commander';
import { describePeriod } from '../describe-rates.ts';
import { EXIT_FINDING } from '../exit-code.ts';
import { loadPriceBook, printWarnings } from '../load-price-book.ts';

interface PricesShowOptions {
  readonly book?: string;
  readonly config?: string;
  readonly json?: boolean;
}

const CLOSEST_MAX = 5;

export function addPricesShowCommand(prices: Command): void {
  prices
    .command('show')
    .description('Shows one entry: its names, its rates by tier, region and option, and their history.')
    .argument('<entry>', 'entry, such as openai/gpt-5-mini')
    .option(
      '--book <name>',
      'price book: a file, a published version, or builtin (default: the one in force)',
    )
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  costspan prices show openai/gpt-5-mini')
    .action(showPrices);
}

async function showPrices(name: string, options: PricesShowOptions): Promise<void> {
  const { book, data, warnings } = await loadPriceBook(options);
  printWarnings(warnings);
  const entry = findEntry(book, name.toLowerCase());
  if (entry === undefined) {
    process.exitCode = EXIT_FINDING;
    console.error(`No entry is named ${name}; ${describeClosest(book, name)}.`);
  } else if (options.json === true) {
    const { version, digest, currency } = book;
    // The entry's own currency, where it has one, is the one of its rates.
    console.log(JSON.stringify({ priceBook: { version, digest }, currency, ...entry }, null, 2));
  } else {
    console.log(describeEntry(data, entry));
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

function describeEntry(data: PriceBookData, entry: EntryData): string {
  const minimum = Object.entries(entry.minimum ?? {}).map(([bucket, quantity]) => `${quantity} ${bucket}`);
  const currency = entry.currency ?? data.currency;
  const lines: [name: string, text: string | undefined][] = [
    ['Entry', `${entry.provider}/${entry.model}`],
    ['Aliases', entry.aliases?.join(', ')],
    ['Prefixes', entry.prefixes?.map((prefix) => `${prefix}…`).join(', ')],
    ['APPROXIMATE', entry.approximate],
    ['Currency', entry.currency === undefined ? undefined : currencyText(data, entry.currency)],
    ['Source', `${entry.sourceUrl}, checked ${entry.checked}`],
    ['Book', `${data.version}, ${data.digest}`],
    ['Minimum', minimum.length === 0 ? undefined : `${minimum.join(', ')} for each call`],
    ['No price', entry.undetermined?.map((bucket) => USAGE_BUCKETS[bucket].label).join(', ')],
    ...Object.entries(entry.derived ?? {}).map(([bucket, rule]): [string, string] => [
      'Derived',
      `${USAGE_BUCKETS[bucket as UsageBucket].label}: ${data.rules[rule] ?? rule}`,
    ]),
    ...(entry.notes ?? []).map((note): [string, string] => ['Note', note]),
  ];
  return [
    ...lines.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(11)}  ${text}`])),
    ...entry.periods.toReversed().flatMap((period) => describePeriod(period, currency)),
  ].join('\n');
}

function currencyText({ currency, exchangeRates = [] }: PriceBookData, foreign: string): string {
  const latest = exchangeRates.findLast((each) => each.currency === foreign);
  return latest === undefined
    ? `${foreign}, which the book cannot convert to ${currency}`
    : `${foreign}; 1 ${foreign} = ${latest.rate} ${currency} since ${latest.from}`;
}
