import { CLOCK, type Fields, JsonChecks } from './json-checks.ts';
import type { PeriodData } from './price-book-data.ts';

/** Checks the prices of an entry over time. */
export class PricePeriodChecks extends JsonChecks {
  protected periods(value: unknown, path: string): void {
    let end = Number.NEGATIVE_INFINITY;
    this.list(value, path).forEach((each, index) => {
      const at = `${path}[${index}]`;
      const period = this.fields(each, at, PERIOD_KEYS);
      if (period === undefined) return;
      const from = this.time(period['from'], `${at}.from`) ?? Number.NEGATIVE_INFINITY;
      const until = this.time(period['until'], `${at}.until`) ?? Number.POSITIVE_INFINITY;
      if (from >= until || (index > 0 && from < end)) {
        this.fail(
          'periods_overlap',
          at,
          'a period must begin when the one before has ended, and end after that',
        );
      }
      end = until;
      this.#period(period, at);
    });
  }

  #period(period: Fields, path: string): void {
    this.#card(period, path);
    this.optionalList(period['windows'], `${path}.windows`).forEach((window, index) => {
      this.#window(window, `${path}.windows[${index}]`);
    });
    if (period['windows'] !== undefined && period['regions'] !== undefined)
      this.fail('type_wrong', path, 'a period has prices by the hour or by region, not both');
    this.#serviceTiers(period['serviceTiers'], `${path}.serviceTiers`);
    this.optionalList(period['regions'], `${path}.regions`).forEach((region, index) => {
      this.#region(region, `${path}.regions[${index}]`);
    });
    this.optionalList(period['options'], `${path}.options`).forEach((option, index) => {
      this.#option(option, `${path}.options[${index}]`);
    });
    if (period['discount'] !== undefined) {
      const discount = this.fields(period['discount'], `${path}.discount`, DISCOUNT_KEYS);
      this.decimal(discount?.['percent'], `${path}.discount.percent`);
      if (Number(discount?.['percent']) > 100)
        this.fail('number_out_of_range', `${path}.discount.percent`, 'a discount is at most 100 %');
      this.text(discount?.['by'], `${path}.discount.by`);
    }
  }

  #window(value: unknown, path: string): void {
    const window = this.fields(value, path, WINDOW_KEYS);
    if (window === undefined) return;
    for (const key of ['from', 'until'] as const)
      this.text(window[key], `${path}.${key}`, CLOCK, 'a UTC time of day such as 16:30');
    this.optionalList(window['days'], `${path}.days`).forEach((day, index) => {
      if (!Number.isInteger(day) || (day as number) < 0 || (day as number) > 6)
        this.fail('number_out_of_range', `${path}.days[${index}]`, 'a day of the week is 0 (Sunday) to 6');
    });
    this.#card(window, path);
  }

  #serviceTiers(value: unknown, path: string): void {
    if (value === undefined) return;
    for (const [tier, each] of Object.entries(this.fields(value, path) ?? {})) {
      const at = `${path}.${tier}`;
      this.text(tier, at, LOWER_CASE_NAME, 'the name of a service tier in lower case');
      const card = this.fields(each, at, CARD_KEYS);
      if (card !== undefined) this.#card(card, at);
    }
  }

  #region(value: unknown, path: string): void {
    const region = this.fields(value, path, REGION_KEYS);
    if (region === undefined) return;
    this.list(region['names'], `${path}.names`).forEach((name, index) => {
      this.text(name, `${path}.names[${index}]`, LOWER_CASE_NAME, 'the name of a region in lower case');
    });
    if ((region['multiplier'] === undefined) === (region['card'] === undefined))
      this.fail('type_wrong', path, 'a region has either a multiplier or a card');
    if (region['multiplier'] !== undefined && region['serviceTiers'] !== undefined)
      this.fail(
        'type_wrong',
        path,
        "a multiplier applies to the period's tiers; tiers of its own need a card",
      );
    if (region['multiplier'] !== undefined) this.decimal(region['multiplier'], `${path}.multiplier`);
    const card =
      region['card'] === undefined ? undefined : this.fields(region['card'], `${path}.card`, CARD_KEYS);
    if (card !== undefined) this.#card(card, `${path}.card`);
    this.#serviceTiers(region['serviceTiers'], `${path}.serviceTiers`);
  }

  #option(value: unknown, path: string): void {
    const option = this.fields(value, path, OPTION_KEYS);
    if (option === undefined) return;
    const conditions = Object.entries(this.fields(option['when'], `${path}.when`) ?? {});
    if (conditions.length === 0) this.fail('type_wrong', `${path}.when`, 'must name at least one attribute');
    for (const [attribute, each] of conditions) {
      this.text(attribute, `${path}.when.${attribute}`, SNAKE_CASE, 'an attribute name in snake case');
      this.text(each, `${path}.when.${attribute}`, LOWER_CASE_NAME, 'a value in lower case');
    }
    this.#rates(option['rates'], `${path}.rates`);
  }

  #card(card: Fields, path: string): void {
    this.#rates(card['rates'], `${path}.rates`);
    let longest = -1;
    this.optionalList(card['longContext'], `${path}.longContext`).forEach((each, index) => {
      const at = `${path}.longContext[${index}]`;
      const tier = this.fields(each, at, LENGTH_KEYS);
      if (tier === undefined) return;
      this.count(tier['inputTokens'], `${at}.inputTokens`);
      if (typeof tier['inclusive'] !== 'boolean')
        this.fail('type_wrong', `${at}.inclusive`, 'inclusive must be true or false');
      const length = numberOf(tier['inputTokens']);
      if (length <= longest)
        this.fail('tiers_out_of_order', at, 'long-context tiers go by rising inputTokens');
      longest = length;
      this.#rates(tier['rates'], `${at}.rates`);
    });
  }

  #rates(value: unknown, path: string): void {
    if (value === undefined) this.fail('type_wrong', path, 'rates must be an object');
    for (const [bucket, each] of this.buckets(value, path)) {
      const at = `${path}.${bucket}`;
      const rate = this.fields(each, at, RATE_KEYS);
      if (rate === undefined) continue;
      this.decimal(rate['decimal'], `${at}.decimal`);
      this.count(rate['per'], `${at}.per`);
      this.#volume(rate['volume'], `${at}.volume`);
    }
  }

  #volume(value: unknown, path: string): void {
    let highest = 0;
    this.optionalList(value, path).forEach((each, index) => {
      const at = `${path}[${index}]`;
      const step = this.fields(each, at, VOLUME_KEYS);
      if (step === undefined) return;
      this.count(step['above'], `${at}.above`);
      const above = numberOf(step['above']);
      if (above <= highest) this.fail('tiers_out_of_order', at, 'volume steps go by rising "above"');
      highest = above;
      this.decimal(step['decimal'], `${at}.decimal`);
    });
  }
}

/** What is no number was refused before; it has no order. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

const LOWER_CASE_NAME = /^[^\sA-Z](?:[^A-Z]*[^\sA-Z])?$/;
const SNAKE_CASE = /^[a-z][a-z0-9_]*$/;
const CARD_KEYS = ['rates', 'longContext'];
/** In the order that they are written in. */
export const PERIOD_KEYS: readonly (keyof PeriodData)[] = [
  'from',
  'until',
  'rates',
  'longContext',
  'windows',
  'serviceTiers',
  'regions',
  'options',
  'discount',
];
const WINDOW_KEYS = ['days', 'from', 'until', ...CARD_KEYS];
const REGION_KEYS = ['names', 'multiplier', 'card', 'serviceTiers'];
const OPTION_KEYS = ['when', 'rates'];
const DISCOUNT_KEYS = ['percent', 'by'];
const LENGTH_KEYS = ['inputTokens', 'inclusive', 'rates'];
const RATE_KEYS = ['decimal', 'per', 'volume'];
const VOLUME_KEYS = ['above', 'decimal'];
