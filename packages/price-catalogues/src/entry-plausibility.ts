import { USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type { EntryData, PeriodData } from '@costspan/pricing';
import { round } from './card-plausibility.ts';
import type { Findings } from './price-book-finding.ts';
import { bandText, CHANGE, ELSEWHERE, isWithin } from './rate-bands.ts';
import { comparableRate } from './rate-table.ts';

/** An entry and where it stands. */
export interface PlacedEntry {
  readonly data: EntryData;
  readonly name: string;
  readonly path: string;
}

const FREE_BY_NAME = /(?:[:/-]free|\(free\))$/;
const FREE_BY_REASON = /\bfree\b|no charge|not (?:billed|charged)|free of charge/i;

/** A price does not become a twenty-fifth, or twenty-five times as much, from one day to the next. */
export function checkChanges({ data, name, path }: PlacedEntry, findings: Findings): void {
  for (const [index, period] of data.periods.entries()) {
    const before = data.periods[index - 1];
    if (before === undefined) continue;
    for (const bucket of Object.keys(period.rates) as UsageBucket[]) {
      const ratio = ratioBetween(bucket, before, period);
      if (ratio === undefined || isWithin(ratio, CHANGE)) continue;
      findings.add(
        'change_implausible',
        name,
        `${path}.periods[${index}].rates.${bucket}`,
        `${bucket} becomes ${round(ratio)} times what it was before ${period.from ?? 'this period'}: is one of them in another unit?`,
      );
    }
  }
}

function ratioBetween(bucket: UsageBucket, before: PeriodData, after: PeriodData): number | undefined {
  const from = amountOf(bucket, before);
  const to = amountOf(bucket, after);
  return from === undefined || to === undefined ? undefined : to / from;
}

function amountOf(bucket: UsageBucket, period: PeriodData | undefined): number | undefined {
  const rate = period?.rates[bucket];
  return rate === undefined || Number(rate.decimal) === 0 ? undefined : comparableRate(bucket, rate);
}

/** A price of zero is a promise, and must say why it is one. */
export function checkFree({ data, name, path }: PlacedEntry, findings: Findings): void {
  const { model, aliases = [], notes = [], approximate = '' } = data;
  const explained =
    [model, ...aliases].some((each) => FREE_BY_NAME.test(each)) ||
    [...notes, approximate].some((each) => FREE_BY_REASON.test(each));
  if (explained) return;
  for (const [index, { rates, options }] of data.periods.entries()) {
    const each = Object.values(rates);
    if (each.length === 0 || options !== undefined || !each.every(({ decimal }) => Number(decimal) === 0))
      continue;
    findings.add(
      'free_unexplained',
      name,
      `${path}.periods[${index}].rates`,
      'nothing costs anything, and neither the name nor a note says why: is the price unknown?',
    );
  }
}

/** What the same model costs elsewhere, and what the provider's models of the same make cost by the second. */
export function checkSiblings(entries: readonly PlacedEntry[], findings: Findings): void {
  compareGroups(entries, { bucket: 'input', groupOf: bareModel }, findings);
  compareGroups(entries, { bucket: 'seconds', groupOf: makeOf }, findings);
}

interface Comparison {
  readonly bucket: UsageBucket;
  readonly groupOf: (entry: EntryData) => string;
}

function compareGroups(
  entries: readonly PlacedEntry[],
  { bucket, groupOf }: Comparison,
  findings: Findings,
): void {
  const groups = new Map<string, { placed: PlacedEntry; amount: number }[]>();
  for (const placed of entries) {
    const amount = amountOf(bucket, placed.data.periods.at(-1));
    if (amount === undefined) continue;
    const key = groupOf(placed.data);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push({ placed, amount });
  }
  for (const group of groups.values()) {
    for (const { placed, amount } of group) {
      const others = group.filter((each) => each.placed !== placed).map((each) => each.amount);
      const far = others.filter((other) => !isWithin(amount / other, ELSEWHERE));
      const [typical = amount] = far.toSorted((a, b) => a - b).slice(far.length >> 1);
      // Where most of the others are elsewhere, this one is the odd one out.
      if (far.length * 2 <= others.length) continue;
      const { label } = USAGE_BUCKETS[bucket];
      findings.add(
        'sibling_out_of_line',
        placed.name,
        `${placed.path}.periods[${placed.data.periods.length - 1}].rates.${bucket}`,
        `${label} costs ${round(amount / typical)} times what ${others.length === 1 ? 'its sibling' : `${others.length} siblings`} cost, expected ${bandText(ELSEWHERE)}`,
      );
    }
  }
}

/** `groq/whisper-large`: the provider, and the first two words of the name. */
function makeOf({ provider, model }: EntryData): string {
  return `${provider}/${/^[a-z]+(?:-[a-z]+)?/.exec(model)?.[0] ?? model}`;
}

const GEOGRAPHY_AND_VENDOR = /^(?:(?:us-gov|global|apac|us|eu|jp|au|ca|in|sa)\.)?(?:[a-z0-9]+\.)?/;
const VERSION = /(?:[-@](?:20\d{6}|20\d{2}-\d{2}-\d{2}|latest|default))?(?:-v\d+)?(?::\d+)?$/;

/** A model's name without the host's and the maker's, and without its snapshot. */
function bareModel({ provider, model }: EntryData): string {
  const last = model.slice(model.lastIndexOf('/') + 1);
  const own = provider === 'aws.bedrock' ? last.replace(GEOGRAPHY_AND_VENDOR, '') : last;
  return own.replace(VERSION, '');
}
