import type { UsageBucket } from '@costspan/cost-model';
import {
  digestOf,
  type EntryData,
  type PriceBookData,
  type PriceSource,
  type RateData,
} from '@costspan/pricing';
import { type CatalogueNote, ENTRIES_MAX, NAME_CHARACTERS_MAX, NOTES_MAX } from './catalogue-format.ts';
import { decimalText } from './decimal-text.ts';
import type { RatesDraft } from './rate-draft.ts';

/** A rate that a price book can hold has at most this many decimal places. */
const PLACES_MAX = 12;
/** No currency unit buys so little of anything: such a number is in another unit, or none at all. */
const RATE_MAX = 5000;
const PER_MAX = 10 ** 15;

/** How a number of a catalogue becomes a rate: moved by `places` it is the price of `per` units. */
export interface RateUnit {
  readonly per: number;
  readonly places: number;
}

/** What a key of a catalogue prices. */
export type PricedBucket = readonly [bucket: UsageBucket, unit: RateUnit];

/** Collects entries and what is to be said of those that were left out. */
export class BookDraft {
  readonly leftOut: CatalogueNote[] = [];
  readonly rounded: CatalogueNote[] = [];
  readonly #entries: EntryData[] = [];
  readonly #models = new Set<string>();
  readonly #aliases = new Set<string>();
  readonly #providers: ReadonlySet<string> | undefined;
  #surplus = 0;

  constructor(providers: readonly string[] | undefined) {
    this.#providers = providers === undefined ? undefined : new Set(providers);
  }

  get full(): boolean {
    return this.#entries.length >= ENTRIES_MAX;
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  wants(provider: string): boolean {
    return this.#providers === undefined || this.#providers.has(provider);
  }

  leaveOut(name: string, reason: string): void {
    if (this.leftOut.length < NOTES_MAX)
      this.leftOut.push({ name: name.slice(0, NAME_CHARACTERS_MAX), reason });
    else this.#surplus += 1;
  }

  /**
   * Sets the rate of a bucket from a published number, and says so when the number had to be rounded, is no
   * price, or contradicts one that is set already.
   */
  setRate(rates: RatesDraft, [bucket, unit]: PricedBucket, value: unknown, where: Where): void {
    const rate = this.rateOf(value, unit, where);
    if (rate === undefined) return;
    const other = rates[bucket];
    if (other === undefined) rates[bucket] = rate;
    else if (other.decimal !== rate.decimal || other.per !== rate.per)
      this.leaveOut(
        where.name,
        `${where.key}: ${rate.decimal} contradicts ${other.decimal}, which another key gives`,
      );
  }

  /** A published number as a rate, or `undefined` when it is none: the reason is noted. */
  rateOf(value: unknown, { per, places }: RateUnit, { name, key }: Where): RateData | undefined {
    if (value === null || value === undefined) return undefined;
    const decimal = decimalText(value, places);
    if (decimal === undefined) {
      this.leaveOut(name, `${key}: ${JSON.stringify(value)?.slice(0, 60)} is no price`);
      return undefined;
    }
    const rate = withPlaces(decimal.text, per);
    if (rate === undefined || Number(rate.decimal) > RATE_MAX) {
      this.leaveOut(name, `${key}: ${decimal.text} for ${per} units is beyond any price`);
      return undefined;
    }
    if (decimal.roundedFrom !== undefined && this.rounded.length < NOTES_MAX)
      this.rounded.push({
        name,
        reason: `${key}: ${decimal.roundedFrom} is taken as ${rate.decimal} for ${rate.per}`,
      });
    return rate;
  }

  /** Adds an entry under the names that no entry has yet. Its own name taken, it is left out. */
  add(entry: EntryData): void {
    const { provider, model } = entry;
    const name = `${provider}/${model}`;
    if (!this.wants(provider)) return;
    if (
      [provider, model].some(
        (each) => each === '' || each.length > NAME_CHARACTERS_MAX || /[\n\r]|^\s|\s$/.test(each),
      )
    ) {
      this.leaveOut(name, 'its name is empty, too long or not one line');
      return;
    }
    if (this.#models.has(name)) {
      this.leaveOut(name, 'another model of the catalogue has the name already');
      return;
    }
    if (this.full) {
      this.leaveOut(name, `a book has at most ${ENTRIES_MAX} entries`);
      return;
    }
    this.#models.add(name);
    const { aliases = [], ...others } = entry;
    const names = [...new Set([...aliases, ...bedrockNames(entry)])].filter((alias) => alias !== model);
    const own = names.filter((alias) => this.#claim(`${provider}/${alias}`));
    this.#entries.push(own.length > 0 ? { ...others, aliases: own } : others);
  }

  /** A name that two models claim is the first one's. */
  #claim(alias: string): boolean {
    if (this.#models.has(alias) || this.#aliases.has(alias)) return false;
    this.#aliases.add(alias);
    return true;
  }

  data(id: string, source: PriceSource, version: string): PriceBookData {
    if (this.#surplus > 0)
      this.leftOut.push({
        name: id,
        reason: `${this.#surplus} more things were left out than are listed here`,
      });
    const entries = this.#withoutTakenAliases();
    return {
      schema: 'costspan.price-book.v1',
      version,
      currency: 'USD',
      digest: digestOf({ entries }),
      sources: { [id]: source },
      rules: {},
      entries,
    };
  }

  /** An alias that a later entry has as its own name is that entry's. */
  #withoutTakenAliases(): EntryData[] {
    return this.#entries.map(({ aliases, ...entry }) => {
      const own = aliases?.filter((alias) => !this.#models.has(`${entry.provider}/${alias}`)) ?? [];
      return own.length > 0 ? { ...entry, aliases: own } : entry;
    });
  }
}

/** On Bedrock a call may name a profile of the model, which is looked up without the throughput variant (`:0`). */
function bedrockNames({ provider, model }: EntryData): string[] {
  return provider === 'aws.bedrock' ? [model.replace(/:0$/, '')] : [];
}

/** Where a number stands, for notes. */
export interface Where {
  readonly name: string;
  readonly key: string;
}

/** Too many decimal places for a price book are the price of more units: 0.0002833… a second, 0.2833… for 1000. */
function withPlaces(text: string, per: number): RateData | undefined {
  const surplus = (text.split('.')[1] ?? '').length - PLACES_MAX;
  if (surplus <= 0) return { decimal: text, per };
  const wider = per * 10 ** surplus;
  const decimal = decimalText(text, surplus)?.text;
  return decimal === undefined || wider > PER_MAX ? undefined : { decimal, per: wider };
}
