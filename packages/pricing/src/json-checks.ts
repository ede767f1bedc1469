import { parseMoney, USAGE_BUCKETS } from '@costspan/cost-model';

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
  | 'rates_out_of_order'
  | 'name_listed_twice'
  | 'reference_unknown';

/** What is wrong with a price book, where, and how to mend it. */
export interface PriceBookError {
  readonly code: PriceBookErrorCode;
  /** For instance `entries[3].periods[0].rates.input.decimal`. */
  readonly path: string;
  readonly message: string;
}

/** More errors than these help nobody. */
const ERRORS_MAX = 50;

const DAY: RegExp = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/;
/** A day, a number for a second book of the day, and the overlays on top of it. */
export const VERSION: RegExp = /^\d{4}-\d{2}-\d{2}(?:\.\d{1,3})?(?:\+[a-z0-9_-]+\.\d{4}-\d{2}-\d{2}){0,32}$/;
export const CLOCK: RegExp = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
export const CURRENCY: RegExp = /^[A-Z]{3}$/;
export const DIGEST: RegExp = /^sha256:[0-9a-f]{64}$/;
export const NAME: RegExp = /^\S(?:.*\S)?$/;

export type Fields = Readonly<Record<string, unknown>>;

/** A value in a message: a name as it is, anything else by its kind, as its text could be anything. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? value : `a value of type ${typeof value}`;
}

/** Collects what is wrong with a value from outside, each with its path. */
export class JsonChecks {
  readonly errors: PriceBookError[] = [];

  fail(code: PriceBookErrorCode, path: string, message: string): void {
    if (this.errors.length < ERRORS_MAX) this.errors.push({ code, path, message });
  }

  protected count(value: unknown, path: string): void {
    if (!Number.isSafeInteger(value) || (value as number) < 1)
      this.fail('number_out_of_range', path, 'must be a whole number of at least 1');
  }

  protected decimal(value: unknown, path: string): void {
    if (typeof value === 'string' && !value.startsWith('-') && parseMoney(value) !== undefined) return;
    this.fail(
      'decimal_malformed',
      path,
      'must be a decimal in quotes with at most 12 places, such as "0.25"',
    );
  }

  protected buckets(value: unknown, path: string): [bucket: string, value: unknown][] {
    const fields = value === undefined ? undefined : this.fields(value, path);
    const entries = Object.entries(fields ?? {});
    for (const [bucket] of entries) this.bucket(bucket, `${path}.${bucket}`);
    return entries;
  }

  protected bucket(value: unknown, path: string): void {
    if (typeof value !== 'string' || !Object.hasOwn(USAGE_BUCKETS, value)) {
      this.fail(
        'key_unknown',
        path,
        `${shown(value)} is no usage bucket: ${Object.keys(USAGE_BUCKETS).join(', ')}`,
      );
    }
  }

  protected time(value: unknown, path: string): number | undefined {
    if (value === undefined) return undefined;
    const millis =
      typeof value === 'string' && (DAY.test(value) || INSTANT.test(value)) ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(millis)) return millis;
    this.fail('date_malformed', path, 'must be a UTC day (2026-09-23) or instant (2026-09-23T16:00:00Z)');
    return undefined;
  }

  protected day(value: unknown, path: string): number | undefined {
    const millis = typeof value === 'string' && DAY.test(value) ? Date.parse(value) : Number.NaN;
    if (!Number.isNaN(millis)) return millis;
    this.fail('date_malformed', path, 'must be a UTC day such as 2026-09-23');
    return undefined;
  }

  protected text(value: unknown, path: string, pattern: RegExp = /\S/, what = 'a text'): void {
    if (typeof value !== 'string' || !pattern.test(value)) this.fail('type_wrong', path, `must be ${what}`);
  }

  protected list(value: unknown, path: string): readonly unknown[] {
    if (Array.isArray(value) && value.length > 0) return value;
    this.fail('type_wrong', path, 'must be a list with at least one element');
    return [];
  }

  protected optionalList(value: unknown, path: string): readonly unknown[] {
    return value === undefined ? [] : this.list(value, path);
  }

  protected fields(value: unknown, path: string, keys?: readonly string[]): Fields | undefined {
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
