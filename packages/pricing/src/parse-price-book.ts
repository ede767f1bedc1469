import { parseMoney, USAGE_BUCKETS } from '@costspan/cost-model';
import { PRICE_BOOK_SCHEMA, type PriceBookData } from './price-book-data.ts';

export type PriceBookErrorCode =
  | 'not_json'
  | 'schema_unknown'
  | 'type_wrong'
  | 'key_unknown'
  | 'date_malformed'
  | 'decimal_malformed'
  | 'number_out_of_range'
  | 'periods_overlap'
  | 'tiers_out_of_order'
  | 'name_listed_twice'
  | 'reference_unknown';

/** What is wrong with a price book, where, and how to mend it. */
export interface PriceBookError {
  readonly code: PriceBookErrorCode;
  /** For instance `entries[3].periods[0].rates.input.decimal`. */
  readonly path: string;
  readonly message: string;
}

export type ParsedPriceBook =
  | { readonly ok: true; readonly data: PriceBookData }
  | { readonly ok: false; readonly errors: readonly PriceBookError[] };

/** More errors than these help nobody. */
const ERRORS_MAX = 50;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/;
const CLOCK = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const CURRENCY = /^[A-Z]{3}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const NAME = /^\S(?:.*\S)?$/;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Checks a price book from outside: its JSON text, or the value that was read from it.
 *
 * @returns the data, or every error (at most 50) with its path.
 */
export function parsePriceBook(input: unknown): ParsedPriceBook {
  const checks = new PriceBookChecks();
  let value = input;
  if (typeof input === 'string') {
    try {
      value = JSON.parse(input);
    } catch (error) {
      checks.fail('not_json', '', `the text is not JSON: ${error instanceof Error ? error.message : ''}`);
      return { ok: false, errors: checks.errors };
    }
  }
  checks.book(value);
  return checks.errors.length === 0
    ? { ok: true, data: value as PriceBookData }
    : { ok: false, errors: checks.errors };
}

class PriceBookChecks {
  readonly errors: PriceBookError[] = [];
  readonly #names = new Set<string>();
  #sources: Fields = {};
  #rules: Fields = {};

  fail(code: PriceBookErrorCode, path: string, message: string): void {
    if (this.errors.length < ERRORS_MAX) this.errors.push({ code, path, message });
  }

  book(value: unknown): void {
    const book = this.#fields(value, '', BOOK_KEYS);
    if (book === undefined) return;
    if (book['schema'] !== PRICE_BOOK_SCHEMA) {
      this.fail('schema_unknown', 'schema', `schema must be "${PRICE_BOOK_SCHEMA}"`);
      return;
    }
    this.#text(book['version'], 'version', DAY, 'a day such as 2026-09-23');
    this.#text(book['currency'], 'currency', CURRENCY, 'an ISO 4217 code such as USD');
    this.#text(book['digest'], 'digest', DIGEST, 'sha256: and 64 hexadecimal digits');
    this.#sources = this.#fields(book['sources'], 'sources') ?? {};
    for (const [id, source] of Object.entries(this.#sources)) {
      const fields = this.#fields(source, `sources.${id}`, SOURCE_KEYS);
      for (const key of fields === undefined ? [] : SOURCE_KEYS)
        this.#text(fields?.[key], `sources.${id}.${key}`);
    }
    this.#rules = this.#fields(book['rules'], 'rules') ?? {};
    for (const [id, rule] of Object.entries(this.#rules)) this.#text(rule, `rules.${id}`);
    this.#list(book['entries'], 'entries').forEach((entry, index) => {
      this.#entry(entry, `entries[${index}]`);
    });
  }

  #entry(value: unknown, path: string): void {
    const entry = this.#fields(value, path, ENTRY_KEYS);
    if (entry === undefined) return;
    for (const key of ['provider', 'model', 'sourceUrl'] as const)
      this.#text(entry[key], `${path}.${key}`, NAME, 'a name');
    this.#text(entry['checked'], `${path}.checked`, DAY, 'a day such as 2026-09-23');
    if (!Object.hasOwn(this.#sources, String(entry['source']))) {
      this.fail('reference_unknown', `${path}.source`, `source must be one of sources' ids`);
    }
    for (const key of ['aliases', 'prefixes', 'notes'] as const) {
      this.#optionalList(entry[key], `${path}.${key}`).forEach((each, index) => {
        this.#text(each, `${path}.${key}[${index}]`, NAME, 'a text');
      });
    }
    this.#optionalList(entry['undetermined'], `${path}.undetermined`).forEach((each, index) => {
      this.#bucket(each, `${path}.undetermined[${index}]`);
    });
    this.#namesOf(entry, path);
    for (const [bucket, rule] of this.#buckets(entry['derived'], `${path}.derived`)) {
      if (!Object.hasOwn(this.#rules, String(rule)))
        this.fail(
          'reference_unknown',
          `${path}.derived.${bucket}`,
          `${String(rule)} is not one of the rules`,
        );
    }
    for (const [bucket, minimum] of this.#buckets(entry['minimum'], `${path}.minimum`))
      this.#count(minimum, `${path}.minimum.${bucket}`);
    this.#periods(entry['periods'], `${path}.periods`);
  }

  #namesOf(entry: Fields, path: string): void {
    const aliases = Array.isArray(entry['aliases']) ? (entry['aliases'] as unknown[]) : [];
    for (const name of [entry['model'], ...aliases]) {
      const listed = `${String(entry['provider'])}/${String(name)}`;
      if (listed !== listed.toLowerCase())
        this.fail('type_wrong', path, `${listed} must be in lower case, as names are compared in it`);
      if (this.#names.has(listed))
        this.fail('name_listed_twice', path, `${listed} is the name of another entry too; remove one`);
      this.#names.add(listed);
    }
  }

  #periods(value: unknown, path: string): void {
    let end = Number.NEGATIVE_INFINITY;
    this.#list(value, path).forEach((each, index) => {
      const at = `${path}[${index}]`;
      const period = this.#fields(each, at, PERIOD_KEYS);
      if (period === undefined) return;
      const from = this.#time(period['from'], `${at}.from`) ?? Number.NEGATIVE_INFINITY;
      const until = this.#time(period['until'], `${at}.until`) ?? Number.POSITIVE_INFINITY;
      if (from >= until || (index > 0 && from < end)) {
        this.fail(
          'periods_overlap',
          at,
          'a period must begin when the one before has ended, and end after that',
        );
      }
      end = until;
      this.#card(period, at);
      this.#optionalList(period['windows'], `${at}.windows`).forEach((window, nth) => {
        this.#window(window, `${at}.windows[${nth}]`);
      });
    });
  }

  #window(value: unknown, path: string): void {
    const window = this.#fields(value, path, WINDOW_KEYS);
    if (window === undefined) return;
    for (const key of ['from', 'until'] as const)
      this.#text(window[key], `${path}.${key}`, CLOCK, 'a UTC time of day such as 16:30');
    this.#optionalList(window['days'], `${path}.days`).forEach((day, index) => {
      if (!Number.isInteger(day) || (day as number) < 0 || (day as number) > 6)
        this.fail('number_out_of_range', `${path}.days[${index}]`, 'a day of the week is 0 (Sunday) to 6');
    });
    this.#card(window, path);
  }

  #card(card: Fields, path: string): void {
    this.#rates(card['rates'], `${path}.rates`);
    let longest = -1;
    this.#optionalList(card['longContext'], `${path}.longContext`).forEach((each, index) => {
      const at = `${path}.longContext[${index}]`;
      const tier = this.#fields(each, at, TIER_KEYS);
      if (tier === undefined) return;
      this.#count(tier['inputTokens'], `${at}.inputTokens`);
      if (typeof tier['inclusive'] !== 'boolean')
        this.fail('type_wrong', `${at}.inclusive`, 'inclusive must be true or false');
      if (Number(tier['inputTokens']) <= longest)
        this.fail('tiers_out_of_order', at, 'long-context tiers go by rising inputTokens');
      longest = Number(tier['inputTokens']);
      this.#rates(tier['rates'], `${at}.rates`);
    });
  }

  #rates(value: unknown, path: string): void {
    if (value === undefined) this.fail('type_wrong', path, 'rates must be an object');
    for (const [bucket, each] of this.#buckets(value, path)) {
      const at = `${path}.${bucket}`;
      const rate = this.#fields(each, at, RATE_KEYS);
      if (rate === undefined) continue;
      const { decimal } = rate;
      if (typeof decimal !== 'string' || decimal.startsWith('-') || parseMoney(decimal) === undefined) {
        this.fail(
          'decimal_malformed',
          `${at}.decimal`,
          'a rate is a decimal in quotes with at most 12 places, such as "0.25"',
        );
      }
      this.#count(rate['per'], `${at}.per`);
    }
  }

  #buckets(value: unknown, path: string): [bucket: string, value: unknown][] {
    const fields = value === undefined ? undefined : this.#fields(value, path);
    const entries = Object.entries(fields ?? {});
    for (const [bucket] of entries) this.#bucket(bucket, `${path}.${bucket}`);
    return entries;
  }

  #bucket(value: unknown, path: string): void {
    if (typeof value !== 'string' || !Object.hasOwn(USAGE_BUCKETS, value)) {
      this.fail(
        'key_unknown',
        path,
        `${String(value)} is no usage bucket: ${Object.keys(USAGE_BUCKETS).join(', ')}`,
      );
    }
  }

  #count(value: unknown, path: string): void {
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      this.fail('number_out_of_range', path, 'must be a whole number of at least 1');
  }

  #time(value: unknown, path: string): number | undefined {
    if (value === undefined) return undefined;
    const millis =
      typeof value === 'string' && (DAY.test(value) || INSTANT.test(value)) ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(millis)) return millis;
    this.fail('date_malformed', path, 'must be a UTC day (2026-09-23) or instant (2026-09-23T16:00:00Z)');
    return undefined;
  }

  #text(value: unknown, path: string, pattern: RegExp = /\S/, what = 'a text'): void {
    if (typeof value !== 'string' || !pattern.test(value)) this.fail('type_wrong', path, `must be ${what}`);
  }

  #list(value: unknown, path: string): readonly unknown[] {
    if (Array.isArray(value) && value.length > 0) return value;
    this.fail('type_wrong', path, 'must be a list with at least one element');
    return [];
  }

  #optionalList(value: unknown, path: string): readonly unknown[] {
    return value === undefined ? [] : this.#list(value, path);
  }

  #fields(value: unknown, path: string, keys?: readonly string[]): Fields | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.fail('type_wrong', path, 'must be an object');
      return undefined;
    }
    for (const key of keys === undefined ? [] : Object.keys(value)) {
      if (keys?.includes(key) === false)
        this.fail(
          'key_unknown',
          path === '' ? key : `${path}.${key}`,
          `unknown key; known: ${keys.join(', ')}`,
        );
    }
    return value as Fields;
  }
}

const BOOK_KEYS: readonly (keyof PriceBookData)[] = [
  'schema',
  'version',
  'currency',
  'digest',
  'sources',
  'rules',
  'entries',
];
const SOURCE_KEYS = ['name', 'version', 'licence', 'url'];
const ENTRY_KEYS: readonly (keyof PriceBookData['entries'][number])[] = [
  'provider',
  'model',
  'aliases',
  'prefixes',
  'source',
  'sourceUrl',
  'checked',
  'derived',
  'undetermined',
  'minimum',
  'notes',
  'periods',
];
const PERIOD_KEYS = ['from', 'until', 'rates', 'longContext', 'windows'];
const WINDOW_KEYS = ['days', 'from', 'until', 'rates', 'longContext'];
const TIER_KEYS = ['inputTokens', 'inclusive', 'rates'];
const RATE_KEYS = ['decimal', 'per'];
