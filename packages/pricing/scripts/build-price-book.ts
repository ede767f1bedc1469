/**
 * Writes src/data/price-book.json, and packed-price-book.json of the same content, which is what processes load.
 * With --check it writes nothing and fails when one of them would change.
 *
 * 1. Take the models of @pydantic/genai-prices (MIT) that provider-selections.ts and the areas select, under
 *    OpenTelemetry's provider names, after the entries that an area states itself.
 * 2. A model's names are what its match clauses spell out (model-names.ts).
 * 3. A price becomes its shortest decimal text, never the result of an arithmetic step (genai-entries.ts).
 * 4. A name that two entries of a provider claim stays with the first.
 * 5. Apply the reviewed corrections (price-corrections.ts, then areas/), then add what follows from a
 *    provider's rule (derived-rates.ts).
 * 6. Check the book as any other, and write one entry a line, so that a diff shows the changed prices.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { USAGE_BUCKET_NAMES } from '@costspan/cost-model';
import type { EntryData, PeriodData, PriceBookData, RateCardData, ServiceTiersData } from '../src/index.ts';
import { packPriceBook } from '../src/packed-price-book.ts';
import { ENTRY_KEYS, parsePriceBook } from '../src/parse-price-book.ts';
import { PRICE_BOOK_SCHEMA } from '../src/price-book-data.ts';
import { digestOf } from '../src/price-book-digest.ts';
import { PERIOD_KEYS } from '../src/price-period-checks.ts';
import { addDerivedRates, RULES } from './derived-rates.ts';
import { anthropic } from './areas/anthropic.ts';
import { bedrock } from './areas/bedrock.ts';
import { firstParty } from './areas/first-party.ts';
import { google } from './areas/google.ts';
import { hosts } from './areas/hosts.ts';
import { openai } from './areas/openai.ts';
import type { PriceArea } from './areas/price-area.ts';
import { type EntryDraft, importProvider } from './genai-entries.ts';
import { readGenaiSource } from './genai-source.ts';
import { applyCorrections, CORRECTIONS, LEFT_OUT_MODELS } from './price-corrections.ts';
import { PROVIDER_SELECTIONS } from './provider-selections.ts';

/** Raised with every change of a price: a version that was published never changes. */
const VERSION = '2026-11-21';

const AREAS: readonly PriceArea[] = [openai, anthropic, google, bedrock, firstParty, hosts];
const SELECTIONS = [...PROVIDER_SELECTIONS, ...AREAS.flatMap(({ selections }) => selections ?? [])];

const FILE = new URL('../src/data/price-book.json', import.meta.url);
const PACKED_FILE = new URL('../src/data/packed-price-book.json', import.meta.url);

/** Gives each name to the first entry of a provider that claims it, and drops entries left without their own. */
function settleNames(entries: readonly EntryDraft[], leftOut: string[]): EntryDraft[] {
  const taken = new Set<string>();
  const claim = (provider: string, name: string): boolean => {
    const key = `${provider}/${name}`;
    if (taken.has(key)) return false;
    taken.add(key);
    return true;
  };
  const settled = entries.filter(({ provider, model }) => {
    const own = claim(provider, model);
    if (!own) leftOut.push(`${provider}/${model}: the provider's own list has it`);
    return own;
  });
  for (const entry of settled) {
    const { aliases, ...others } = entry;
    const own = (aliases ?? []).filter((alias) => claim(entry.provider, alias));
    if (own.length === 0) delete entry.aliases;
    else Object.assign(entry, { ...others, aliases: own });
  }
  return settled;
}

/** A price of zero must be somebody's statement. */
function explainFree(entry: EntryDraft): void {
  const isFree = ({ rates }: PeriodData): boolean =>
    Object.values(rates).length > 0 && Object.values(rates).every(({ decimal }) => Number(decimal) === 0);
  if (entry.notes === undefined && entry.periods.some(isFree)) {
    entry.notes = ['Free of charge, by the source of this price.'];
  }
}

function inOrder(entries: readonly EntryDraft[]): EntryDraft[] {
  const rank = new Map(
    [...new Set(SELECTIONS.map(({ provider }) => provider))].map((name, at) => [name, at]),
  );
  return entries.toSorted(
    (a, b) => (rank.get(a.provider) ?? 0) - (rank.get(b.provider) ?? 0) || (a.model < b.model ? -1 : 1),
  );
}

/** Objects are written with their keys in one order, so that a diff shows changes of prices only. */
function withKeysInOrder(entry: EntryDraft): EntryData {
  const card = <Card extends RateCardData>(each: Card): Card => ({
    ...each,
    rates: pick(each.rates, USAGE_BUCKET_NAMES),
    ...(each.longContext !== undefined && {
      longContext: each.longContext.map((tier) => ({ ...tier, rates: pick(tier.rates, USAGE_BUCKET_NAMES) })),
    }),
  });
  const tiers = (each: ServiceTiersData): ServiceTiersData =>
    Object.fromEntries(Object.entries(each).map(([tier, rates]) => [tier, card(rates)]));
  const periods = entry.periods.map((period) =>
    pick(
      {
        ...card(period),
        ...(period.windows !== undefined && { windows: period.windows.map(card) }),
        ...(period.serviceTiers !== undefined && { serviceTiers: tiers(period.serviceTiers) }),
      },
      PERIOD_KEYS,
    ),
  );
  return { ...pick(entry, ENTRY_KEYS), periods };
}

function pick<Value extends object>(value: Value, keys: readonly (keyof Value)[]): Value {
  return Object.fromEntries(
    keys.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]])),
  ) as Value;
}

async function importPriceBook(): Promise<{ data: PriceBookData; leftOut: readonly string[] }> {
  const source = await readGenaiSource();
  const leftOut: string[] = [];
  const leftOutModels = new Map([...LEFT_OUT_MODELS, ...AREAS.flatMap((area) => [...(area.leftOut ?? [])])]);
  const imported: EntryDraft[] = AREAS.flatMap(({ added }) => structuredClone(added ?? []) as EntryDraft[]);
  for (const selection of SELECTIONS) {
    const provider = source.providers.get(selection.source);
    if (provider === undefined) throw new Error(`the source has no provider ${selection.source}`);
    const found = importProvider(provider, selection, source.published, leftOutModels);
    imported.push(...found.entries);
    leftOut.push(...found.leftOut);
  }
  const settled = settleNames(imported, leftOut);
  applyCorrections(settled, [...CORRECTIONS, ...AREAS.flatMap(({ corrections }) => corrections ?? [])]);
  for (const entry of settled) {
    addDerivedRates(entry);
    explainFree(entry);
  }
  const entries = inOrder(settled).map(withKeysInOrder);
  const data: PriceBookData = {
    schema: PRICE_BOOK_SCHEMA,
    version: VERSION,
    currency: 'USD',
    digest: digestOf({ entries }),
    sources: {
      'genai-prices': {
        name: '@pydantic/genai-prices',
        version: source.version,
        licence: 'MIT',
        url: 'https://github.com/pydantic/genai-prices',
      },
      ...Object.assign({}, ...AREAS.map(({ sources }) => sources ?? {})),
    },
    rules: RULES,
    entries,
  };
  const parsed = parsePriceBook(JSON.stringify(data));
  if (!parsed.ok) throw new Error(parsed.errors.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return { data, leftOut };
}

/** One entry a line, so that a change of price is one changed line. */
function textOf({ entries, ...header }: PriceBookData): string {
  const lines = entries.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n');
  return `${JSON.stringify(header, null, 1).slice(0, -2)},\n "entries": [\n${lines}\n ]\n}\n`;
}

const { data, leftOut } = await importPriceBook();
const files = [
  { file: FILE, text: textOf(data) },
  { file: PACKED_FILE, text: `${JSON.stringify(packPriceBook(data))}\n` },
];
if (!process.argv.includes('--check')) {
  for (const { file, text } of files) writeFileSync(file, text);
  console.log(`${data.entries.length} entries, ${leftOut.length} left out:`);
  for (const line of leftOut) console.log(`  ${line}`);
} else if (files.some(({ file, text }) => readFileSync(file, 'utf8') !== text)) {
  console.error('packages/pricing/src/data is not what its sources give: run `npx pnpm@11 generate`');
  process.exitCode = 1;
}
