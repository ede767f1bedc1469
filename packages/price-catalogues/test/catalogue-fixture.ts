import { readFileSync } from 'node:fs';
import type { EntryData, PriceBookData } from '@costspan/pricing';
import {
  type CatalogueFormat,
  importCatalogue,
  type ImportedCatalogue,
  type ImportOptions,
} from '../src/index.ts';
import { rateRows } from '../src/rate-table.ts';

export type ImportedBook = Extract<ImportedCatalogue, { ok: true }>;

function fixtureText(file: string): string {
  return readFileSync(new URL(`fixtures/${file}.json`, import.meta.url), 'utf8');
}

export function importFixture(
  format: CatalogueFormat,
  file: string,
  options: Partial<ImportOptions> = {},
): ImportedBook {
  return imported(importCatalogue(format, fixtureText(file), { checked: '2026-08-21', ...options }));
}

export function imported(result: ImportedCatalogue): ImportedBook {
  if (!result.ok)
    throw new Error(result.errors.map(({ code, path, message }) => `${code} ${path} ${message}`).join('\n'));
  return result;
}

export function entryOf(data: PriceBookData, name: string): EntryData {
  const found = data.entries.find(({ provider, model }) => `${provider}/${model}` === name);
  if (found === undefined) throw new Error(`no entry ${name}`);
  return found;
}

/** `input 2.5, output 15; batch: input 1.25, …`: the last period, one line for each card. */
export function cardsOf(entry: EntryData): string[] {
  const period = entry.periods.at(-1);
  const cards = new Map<string, string[]>();
  for (const row of period === undefined ? [] : rateRows(period)) {
    const scope = [row.region, row.serviceTier, row.window, row.inputTokens, row.when].filter(
      (each) => each !== undefined,
    );
    const key = scope.length === 0 ? 'list' : scope.join(' ');
    const per = row.rate.per === 1_000_000 ? '' : `/${row.rate.per}`;
    cards.set(key, [...(cards.get(key) ?? []), `${row.bucket} ${row.rate.decimal}${per}`]);
  }
  return [...cards].map(([key, rates]) => `${key}: ${rates.join(', ')}`);
}

/** Every rate of a book, one a line, to look through and to compare with. */
export function bookText({ data, leftOut, rounded }: ImportedBook): string {
  const lines = data.entries.flatMap((entry) => [
    `${entry.provider}/${entry.model}${entry.approximate === undefined ? '' : ' (approximate)'}`,
    ...(entry.aliases === undefined ? [] : [`  also ${entry.aliases.join(', ')}`]),
    ...entry.periods.flatMap((period) => [
      `  ${period.from ?? ''}–${period.until ?? ''}`,
      ...cardsOf({ ...entry, periods: [period] }).map((card) => `    ${card}`),
      ...(period.regions ?? []).flatMap(({ names, multiplier }) =>
        multiplier === undefined ? [] : [`    ${names.join(',')} × ${multiplier}`],
      ),
    ]),
  ]);
  const notes = (title: string, list: ImportedBook['leftOut']): string[] =>
    list.length === 0 ? [] : ['', `${title}:`, ...list.map(({ name, reason }) => `  ${name}: ${reason}`)];
  return [...lines, ...notes('left out', leftOut), ...notes('rounded', rounded), ''].join('\n');
}
