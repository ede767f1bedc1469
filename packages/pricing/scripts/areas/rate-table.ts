import { USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type {
  OptionData,
  PeriodData,
  RateCardData,
  RateData,
  RatesData,
  TierData,
  WindowData,
} from '../../src/index.ts';
import type { EntryDraft } from '../genai-entries.ts';

const TOKENS = 1_000_000;

/**
 * Reads entries from a table, one line a period:
 *
 *     model, alias      | from       | input 3 cacheRead 0.3 output 15 webSearches 10/1000 | batch: input 1.5 output 7.5
 *                       | 2026-05-01 | input 2 output 10    | >=200000: input 4 output 20
 *                       | 2026-09-01 | -
 *
 * A line without a name goes on with the models above; `;` separates models at one price, `,` the names of a
 * model. Rates are for a million tokens, others say for how many
 * units; `-` is a time without a price. Further columns are what replaces the rates: above (`>`) or from (`>=`)
 * a length of input, in a service tier, under a condition (`search_context_size=low: requests 5/1000`), or at
 * hours of the day, in UTC (`@16:30-00:30 input 1`, `@weekdays 01:00-04:00 input 2`). `note:` is a note on the
 * entry.
 */
export function readRateTable(
  table: string,
  shared: Pick<EntryDraft, 'provider' | 'source' | 'sourceUrl' | 'checked'> & Partial<EntryDraft>,
): EntryDraft[] {
  const entries: EntryDraft[] = [];
  let open: EntryDraft[] = [];
  for (const line of table.split('\n')) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    const [names = '', from = '', rates = '', ...rest] = line.split('|').map((column) => column.trim());
    if (names !== '') {
      open = names.split(/;\s*/).map((each): EntryDraft => {
        const [model = '', ...aliases] = each.split(/,\s*/);
        return { ...shared, model, ...(aliases.length > 0 && { aliases }), periods: [] };
      });
      entries.push(...open);
    }
    if (open.length === 0) throw new Error(`a table begins with a model: ${line}`);
    const notes = rest.filter((column) => column.startsWith('note:')).map((note) => note.slice(5).trim());
    const columns = rest.filter((column) => column !== '' && !column.startsWith('note:'));
    for (const entry of open) {
      if (notes.length > 0) entry.notes = [...(entry.notes ?? []), ...notes];
      entry.periods = nextPeriod(entry.periods, from, rates, columns);
    }
  }
  return entries;
}

function nextPeriod(
  periods: readonly PeriodData[],
  from: string,
  rates: string,
  columns: readonly string[],
): PeriodData[] {
  const last = periods.at(-1);
  if (last !== undefined && from === '') throw new Error(`a later period needs its first day: ${rates}`);
  const ended =
    last === undefined || last.until !== undefined
      ? periods
      : [...periods.slice(0, -1), { ...last, until: from }];
  if (rates === '-') return [...ended];
  const list = readRates(rates);
  return [...ended, { ...(from !== '' && { from }), rates: list, ...readColumns(columns, feesOf(list)) }];
}

/** What a longer request pays just the same: everything that is not counted in tokens. */
function feesOf(rates: RatesData): RatesData {
  return Object.fromEntries(
    Object.entries(rates).filter(([bucket]) => USAGE_BUCKETS[bucket as UsageBucket].unit !== 'token'),
  );
}

/** `input 3 webSearches 10/1000`. */
export function readRates(text: string): RatesData {
  const words = text.split(/\s+/);
  const rates: { [bucket in UsageBucket]?: RateData } = {};
  for (let at = 0; at < words.length; at += 2) {
    const bucket = words[at] as UsageBucket;
    const [decimal = '', per] = (words[at + 1] ?? '').split('/');
    if (USAGE_BUCKETS[bucket] === undefined || !/^\d+(\.\d+)?$/.test(decimal))
      throw new Error(`no rates: ${text}`);
    if (per === undefined && USAGE_BUCKETS[bucket].unit !== 'token')
      throw new Error(`for how many units is ${bucket} in: ${text}`);
    rates[bucket] = { decimal, per: per === undefined ? TOKENS : Number(per) };
  }
  return rates;
}

function readColumns(columns: readonly string[], fees: RatesData): Omit<PeriodData, 'rates'> {
  const longContext: TierData[] = [];
  const options: OptionData[] = [];
  const serviceTiers: { [tier: string]: RateCardData } = {};
  const windows = columns.filter((column) => column.startsWith('@')).map(readWindow);
  for (const column of columns.filter((each) => !each.startsWith('@'))) {
    const colon = column.indexOf(':');
    const head = column.slice(0, colon).trim();
    const rates = readRates(column.slice(colon + 1).trim());
    const [, tier = '', sign, length] = /^(\w*)\s*(>=?)(\d+)$/.exec(head) ?? [];
    if (length !== undefined) {
      const long = { inputTokens: Number(length), inclusive: sign === '>=', rates };
      const card = serviceTiers[tier];
      if (tier === '') longContext.push({ ...long, rates: { ...fees, ...rates } });
      else if (card === undefined) throw new Error(`the long context of a tier that is not listed: ${head}`);
      else serviceTiers[tier] = { ...card, longContext: [...(card.longContext ?? []), long] };
    } else if (head.includes('=')) {
      options.push({ when: Object.fromEntries(head.split(/,\s*/).map((pair) => pair.split('='))), rates });
    } else serviceTiers[head] = { rates };
  }
  return {
    ...(longContext.length > 0 && { longContext }),
    ...(Object.keys(serviceTiers).length > 0 && { serviceTiers }),
    ...(options.length > 0 && { options }),
    ...(windows.length > 0 && { windows }),
  };
}

const WEEKDAYS = [1, 2, 3, 4, 5];

function readWindow(column: string): WindowData {
  const [, weekdays, from = '', until = '', rates = ''] =
    /^@(weekdays )?(\d\d:\d\d)-(\d\d:\d\d) (.+)$/.exec(column) ?? [];
  return { ...(weekdays !== undefined && { days: WEEKDAYS }), from, until, rates: readRates(rates) };
}
