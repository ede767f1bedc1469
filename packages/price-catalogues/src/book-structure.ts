import type { EntryData, PeriodData, PriceBookData, WindowData } from '@costspan/pricing';
import type { PlacedEntry } from './entry-plausibility.ts';
import type { Findings } from './price-book-finding.ts';

const DAY_MILLIS = 86_400_000;
const DAY_MINUTES = 24 * 60;
const ALL_DAYS: readonly number[] = [0, 1, 2, 3, 4, 5, 6];

/** Names that lead to two entries: only one of them is ever found. */
export function checkNames(entries: readonly PlacedEntry[], findings: Findings): void {
  const names = new Map<string, string>();
  const prefixes = new Map<string, string>();
  for (const { data, name, path } of entries) {
    for (const each of [data.model, ...(data.aliases ?? [])]) {
      const owner = names.get(`${data.provider}/${each}`);
      if (owner === undefined) names.set(`${data.provider}/${each}`, name);
      else
        findings.add(
          'name_listed_twice',
          name,
          path,
          `${each} is a name of ${owner} too: only one of them is found`,
        );
    }
    for (const each of data.prefixes ?? []) {
      const owner = prefixes.get(`${data.provider}/${each}`);
      if (owner === undefined) prefixes.set(`${data.provider}/${each}`, name);
      else if (owner !== name)
        findings.add(
          'prefix_listed_twice',
          name,
          `${path}.prefixes`,
          `${each} is a prefix of ${owner} too: one of them is never found by it`,
        );
    }
  }
}

/** Periods that overlap, days between periods that no price holds on, and hours with two prices. */
export function checkTimes({ data, name, path }: PlacedEntry, findings: Findings): void {
  for (const [index, period] of data.periods.entries()) {
    const at = `${path}.periods[${index}]`;
    checkWindows(period, name, at, findings);
    const before = data.periods[index - 1];
    if (before === undefined) continue;
    const end = before.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(before.until);
    const start = period.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(period.from);
    if (start < end)
      findings.add(
        'periods_overlap',
        name,
        at,
        `it begins on ${period.from ?? 'no day'}, before the one before it ends`,
      );
    else if (start > end)
      findings.add(
        'periods_gap',
        name,
        at,
        `from ${before.until ?? ''} to ${period.from ?? ''} there is no price`,
      );
  }
}

function checkWindows({ windows = [] }: PeriodData, name: string, path: string, findings: Findings): void {
  for (const [index, window] of windows.entries()) {
    const other = windows.slice(0, index).findIndex((each) => overlaps(each, window));
    if (other === -1) continue;
    findings.add(
      'windows_overlap',
      name,
      `${path}.windows[${index}]`,
      `it overlaps windows[${other}], which is the one that counts`,
    );
  }
}

function overlaps(a: WindowData, b: WindowData): boolean {
  const shared = (a.days ?? ALL_DAYS).some((day) => (b.days ?? ALL_DAYS).includes(day));
  return (
    shared &&
    rangesOf(a).some(([from, until]) => rangesOf(b).some(([start, end]) => from < end && start < until))
  );
}

/** Minutes of the day; two ranges when the window runs past midnight. */
function rangesOf({ from, until }: WindowData): [from: number, until: number][] {
  const start = minuteOf(from);
  const end = minuteOf(until);
  return start < end
    ? [[start, end]]
    : [
        [start, DAY_MINUTES],
        [0, end],
      ];
}

function minuteOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Entries that nobody has looked at for long: one finding for those of a source and day. */
export function checkAge(
  entries: readonly PlacedEntry[],
  nowMillis: number,
  staleAfterDays: number,
  findings: Findings,
): void {
  const stale = new Map<string, PlacedEntry[]>();
  for (const placed of entries) {
    const ageDays = (nowMillis - Date.parse(placed.data.checked)) / DAY_MILLIS;
    // A day has begun somewhere on Earth half a day before it does in UTC.
    if (ageDays < -1)
      findings.add(
        'checked_in_future',
        placed.name,
        `${placed.path}.checked`,
        `${placed.data.checked} has not been yet`,
      );
    if (ageDays <= staleAfterDays || hasEnded(placed.data, nowMillis)) continue;
    const key = `${placed.data.source} ${placed.data.checked}`;
    const group = stale.get(key) ?? [];
    stale.set(key, group);
    group.push(placed);
  }
  for (const [first, ...others] of stale.values()) {
    if (first === undefined) continue;
    const { source, checked } = first.data;
    const days = Math.floor((nowMillis - Date.parse(checked)) / DAY_MILLIS);
    const which = others.length === 0 ? 'it was' : `it and ${others.length} others of ${source} were`;
    findings.add(
      'entry_stale',
      first.name,
      `${first.path}.checked`,
      `${which} checked ${days} days ago, on ${checked}`,
    );
  }
}

/** A price that holds no longer cannot change any more. */
function hasEnded({ periods }: EntryData, nowMillis: number): boolean {
  const end = periods.at(-1)?.until;
  return end !== undefined && Date.parse(end) <= nowMillis;
}

/** Sources and rules that no entry names. */
export function checkReferences({ sources, rules, entries }: PriceBookData, findings: Findings): void {
  const usedSources = new Set(entries.map(({ source }) => source));
  for (const id of Object.keys(sources))
    if (!usedSources.has(id))
      findings.add('source_unused', undefined, `sources.${id}`, 'no entry has its prices from it');
  const usedRules = new Set(entries.flatMap(({ derived }) => Object.values(derived ?? {})));
  for (const id of Object.keys(rules))
    if (!usedRules.has(id))
      findings.add('rule_unused', undefined, `rules.${id}`, 'no rate was derived by it');
}
