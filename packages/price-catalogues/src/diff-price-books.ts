import type { UsageBucket } from '@costspan/cost-model';
import {
  type EntryData,
  type PeriodData,
  periodAt,
  type PriceBookData,
  type RateData,
} from '@costspan/pricing';
import { factorBetween, isSameRate, type RateRow, rateRows, type RateScope, scopeKey } from './rate-table.ts';

export interface DiffTimes {
  readonly atMillisA: number;
  readonly atMillisB: number;
}

/** One rate that is not the same; without `older` it is new, without `newer` it is gone. */
export interface RateChange extends RateScope {
  readonly bucket: UsageBucket;
  readonly older?: RateData;
  readonly newer?: RateData;
  /** How many times the older price the newer one is, to four digits. */
  readonly factor?: number;
}

/** A region whose factor on the list price is not the same. */
export interface MultiplierChange {
  readonly region: string;
  readonly older?: string;
  readonly newer?: string;
}

export interface EntryChange {
  /** For instance `openai/gpt-5-mini`. */
  readonly entry: string;
  readonly rates: readonly RateChange[];
  readonly multipliers: readonly MultiplierChange[];
  /** Set where the negotiated discount is not the same, in per cent. */
  readonly discount?: { readonly older?: string; readonly newer?: string };
  /** Set where the currency of the rates is not the same. */
  readonly currency?: { readonly older: string; readonly newer: string };
}

/** A name that leads to another entry than before. */
export interface NameMove {
  readonly provider: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

export interface PriceBookDiff {
  /** Entries with a price at the second time only. */
  readonly added: readonly string[];
  /** Entries with a price at the first time only. */
  readonly removed: readonly string[];
  readonly changed: readonly EntryChange[];
  readonly movedNames: readonly NameMove[];
}

/**
 * What changed between two price books, each at a time: or in one book between two days, when `a` is `b`.
 * An entry whose model is a name of another entry in the other book is compared with that one.
 */
export function diffPriceBooks(
  a: PriceBookData,
  b: PriceBookData,
  { atMillisA, atMillisB }: DiffTimes,
): PriceBookDiff {
  const older = inForce(a, atMillisA);
  const newer = inForce(b, atMillisB);
  const added: string[] = [];
  const changed: EntryChange[] = [];
  for (const [entry, now] of newer.entries) {
    const before = older.entries.get(entry) ?? older.named.get(entry);
    if (before === undefined) added.push(entry);
    else {
      const change = changeOf(entry, before, now);
      if (change !== undefined) changed.push(change);
    }
  }
  const removed = [...older.entries.keys()].filter((entry) => !newer.named.has(entry));
  return {
    added: added.toSorted(),
    removed: removed.toSorted(),
    changed,
    movedNames: movesBetween(older, newer),
  };
}

interface Priced {
  readonly entry: string;
  readonly currency: string;
  readonly period: PeriodData;
}

interface BookAt {
  readonly entries: ReadonlyMap<string, Priced>;
  /** By every listed name. */
  readonly named: ReadonlyMap<string, Priced>;
}

function inForce({ entries, entryAliases = [], currency }: PriceBookData, atMillis: number): BookAt {
  const byEntry = new Map<string, Priced>();
  const named = new Map<string, Priced>();
  for (const data of entries) {
    const period = periodAt(data, atMillis);
    if (period === undefined) continue;
    const entry = nameOf(data);
    const priced = { entry, currency: data.currency ?? currency, period };
    byEntry.set(entry, priced);
    for (const name of [data.model, ...(data.aliases ?? [])]) named.set(`${data.provider}/${name}`, priced);
  }
  for (const { provider, model, entry } of entryAliases) {
    const priced = byEntry.get(entry);
    if (priced !== undefined) named.set(`${provider}/${model}`, priced);
  }
  return { entries: byEntry, named };
}

function nameOf({ provider, model }: EntryData): string {
  return `${provider}/${model}`;
}

function changeOf(entry: string, before: Priced, now: Priced): EntryChange | undefined {
  const rates = before.period === now.period ? [] : rateChanges(before.period, now.period);
  const multipliers = before.period === now.period ? [] : multiplierChanges(before.period, now.period);
  const discount = discountChange(before.period, now.period);
  const currency =
    before.currency === now.currency ? undefined : { older: before.currency, newer: now.currency };
  if (rates.length + multipliers.length === 0 && discount === undefined && currency === undefined)
    return undefined;
  return {
    entry,
    rates,
    multipliers,
    ...(discount !== undefined && { discount }),
    ...(currency !== undefined && { currency }),
  };
}

function discountChange(before: PeriodData, now: PeriodData): EntryChange['discount'] {
  const older = before.discount?.percent;
  const newer = now.discount?.percent;
  if (older === newer) return undefined;
  return { ...(older !== undefined && { older }), ...(newer !== undefined && { newer }) };
}

/** The rates of two tables that are not the same price. */
function rateChanges(before: PeriodData, now: PeriodData): RateChange[] {
  const left = rowsByKey(before);
  const changes: RateChange[] = [];
  for (const [key, { rate: newer, path: _path, ...where }] of rowsByKey(now)) {
    const older = left.get(key)?.rate;
    left.delete(key);
    if (older === undefined) changes.push({ ...where, newer });
    else if (!isSameRate(older, newer)) {
      const factor = factorBetween(where.bucket, older, newer);
      changes.push({ ...where, older, newer, ...(factor !== undefined && { factor }) });
    }
  }
  for (const { rate: older, path: _path, ...where } of left.values()) changes.push({ ...where, older });
  return changes;
}

/** The first of two rates for the same calls is the one that counts. */
function rowsByKey(period: PeriodData): Map<string, RateRow> {
  const rows = new Map<string, RateRow>();
  for (const row of rateRows(period)) {
    const key = `${row.bucket} ${scopeKey(row)}`;
    if (!rows.has(key)) rows.set(key, row);
  }
  return rows;
}

function multiplierChanges(before: PeriodData, now: PeriodData): MultiplierChange[] {
  const older = multipliersOf(before);
  const newer = multipliersOf(now);
  return [...new Set([...older.keys(), ...newer.keys()])].flatMap((region) => {
    const from = older.get(region);
    const to = newer.get(region);
    if (from === to) return [];
    return [{ region, ...(from !== undefined && { older: from }), ...(to !== undefined && { newer: to }) }];
  });
}

function multipliersOf({ regions }: PeriodData): Map<string, string> {
  return new Map(
    (regions ?? []).flatMap(({ names, multiplier }): [string, string][] =>
      multiplier === undefined ? [] : [[names.join(','), multiplier]],
    ),
  );
}

function movesBetween(older: BookAt, newer: BookAt): NameMove[] {
  const moves: NameMove[] = [];
  for (const [name, { entry: from }] of older.named) {
    const to = newer.named.get(name)?.entry;
    const slash = name.indexOf('/');
    if (to !== undefined && to !== from)
      moves.push({ provider: name.slice(0, slash), name: name.slice(slash + 1), from, to });
  }
  return moves;
}
