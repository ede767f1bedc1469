import { CURRENCY, DIGEST, type Fields, NAME, type PriceBookError, shown, VERSION } from './json-checks.ts';
import { PRICE_BOOK_SCHEMA, type PriceBookData } from './price-book-data.ts';
import { PricePeriodChecks } from './price-period-checks.ts';

export type ParsedPriceBook =
  | { readonly ok: true; readonly data: PriceBookData }
  | { readonly ok: false; readonly errors: readonly PriceBookError[] };

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

class PriceBookChecks extends PricePeriodChecks {
  readonly #names = new Set<string>();
  #sources: Fields = {};
  #rules: Fields = {};

  book(value: unknown): void {
    const book = this.fields(value, '', BOOK_KEYS);
    if (book === undefined) return;
    if (book['schema'] !== PRICE_BOOK_SCHEMA) {
      this.fail('schema_unknown', 'schema', `schema must be "${PRICE_BOOK_SCHEMA}"`);
      return;
    }
    this.text(book['version'], 'version', VERSION, 'a day such as 2026-09-23, or 2026-09-23.2');
    if (typeof book['version'] === 'string') this.day(book['version'].slice(0, 10), 'version');
    this.text(book['currency'], 'currency', CURRENCY, 'an ISO 4217 code such as USD');
    this.text(book['digest'], 'digest', DIGEST, 'sha256: and 64 hexadecimal digits');
    this.#sources = this.fields(book['sources'], 'sources') ?? {};
    for (const [id, source] of Object.entries(this.#sources)) {
      const fields = this.fields(source, `sources.${id}`, SOURCE_KEYS);
      for (const key of fields === undefined ? [] : SOURCE_KEYS)
        this.text(fields?.[key], `sources.${id}.${key}`);
    }
    this.#rules = this.fields(book['rules'], 'rules') ?? {};
    for (const [id, rule] of Object.entries(this.#rules)) this.text(rule, `rules.${id}`);
    let latest = Number.NEGATIVE_INFINITY;
    this.optionalList(book['exchangeRates'], 'exchangeRates').forEach((rate, index) => {
      const path = `exchangeRates[${index}]`;
      const fromMillis = this.#exchangeRate(rate, path) ?? latest;
      if (fromMillis < latest) this.fail('rates_out_of_order', path, 'exchange rates go by rising day');
      latest = fromMillis;
    });
    this.optionalList(book['entryAliases'], 'entryAliases').forEach((alias, index) => {
      const path = `entryAliases[${index}]`;
      const fields = this.fields(alias, path, ENTRY_ALIAS_KEYS);
      for (const key of fields === undefined ? [] : ENTRY_ALIAS_KEYS)
        this.text(fields?.[key], `${path}.${key}`, NAME, 'a name');
    });
    this.list(book['entries'], 'entries').forEach((entry, index) => {
      this.#entry(entry, `entries[${index}]`);
    });
  }

  #exchangeRate(value: unknown, path: string): number | undefined {
    const rate = this.fields(value, path, EXCHANGE_RATE_KEYS);
    if (rate === undefined) return undefined;
    this.text(rate['currency'], `${path}.currency`, CURRENCY, 'an ISO 4217 code such as CNY');
    this.text(rate['sourceUrl'], `${path}.sourceUrl`);
    this.decimal(rate['rate'], `${path}.rate`);
    return this.day(rate['from'], `${path}.from`);
  }

  #entry(value: unknown, path: string): void {
    const entry = this.fields(value, path, ENTRY_KEYS);
    if (entry === undefined) return;
    for (const key of ['provider', 'model', 'sourceUrl'] as const)
      this.text(entry[key], `${path}.${key}`, NAME, 'a name');
    this.day(entry['checked'], `${path}.checked`);
    if (entry['currency'] !== undefined)
      this.text(entry['currency'], `${path}.currency`, CURRENCY, 'an ISO 4217 code such as CNY');
    if (entry['approximate'] !== undefined) this.text(entry['approximate'], `${path}.approximate`);
    if (typeof entry['source'] !== 'string' || !Object.hasOwn(this.#sources, entry['source'])) {
      this.fail('reference_unknown', `${path}.source`, `source must be one of sources' ids`);
    }
    for (const key of ['aliases', 'prefixes', 'notes'] as const) {
      this.optionalList(entry[key], `${path}.${key}`).forEach((each, index) => {
        this.text(each, `${path}.${key}[${index}]`, NAME, 'a text');
      });
    }
    this.optionalList(entry['undetermined'], `${path}.undetermined`).forEach((each, index) => {
      this.bucket(each, `${path}.undetermined[${index}]`);
    });
    this.#namesOf(entry, path);
    for (const [bucket, rule] of this.buckets(entry['derived'], `${path}.derived`)) {
      if (typeof rule !== 'string' || !Object.hasOwn(this.#rules, rule))
        this.fail('reference_unknown', `${path}.derived.${bucket}`, `${shown(rule)} is not one of the rules`);
    }
    for (const [bucket, minimum] of this.buckets(entry['minimum'], `${path}.minimum`))
      this.count(minimum, `${path}.minimum.${bucket}`);
    this.periods(entry['periods'], `${path}.periods`);
  }

  #namesOf(entry: Fields, path: string): void {
    const aliases = Array.isArray(entry['aliases']) ? (entry['aliases'] as unknown[]) : [];
    for (const name of [entry['model'], ...aliases]) {
      const listed = `${shown(entry['provider'])}/${shown(name)}`;
      if (listed !== listed.toLowerCase())
        this.fail('type_wrong', path, `${listed} must be in lower case, as names are compared in it`);
      if (this.#names.has(listed))
        this.fail('name_listed_twice', path, `${listed} is the name of another entry too; remove one`);
      this.#names.add(listed);
    }
  }
}

const BOOK_KEYS: readonly (keyof PriceBookData)[] = [
  'schema',
  'version',
  'currency',
  'digest',
  'sources',
  'rules',
  'exchangeRates',
  'entryAliases',
  'entries',
];
const SOURCE_KEYS = ['name', 'version', 'licence', 'url'];
/** In the order that they are written in. */
export const ENTRY_KEYS: readonly (keyof PriceBookData['entries'][number])[] = [
  'provider',
  'model',
  'aliases',
  'prefixes',
  'source',
  'sourceUrl',
  'checked',
  'currency',
  'approximate',
  'derived',
  'undetermined',
  'minimum',
  'notes',
  'periods',
];
const ENTRY_ALIAS_KEYS = ['provider', 'model', 'entry', 'by'];
const EXCHANGE_RATE_KEYS = ['currency', 'from', 'rate', 'sourceUrl'];
