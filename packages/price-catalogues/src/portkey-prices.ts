import type { OptionData } from '@costspan/pricing';
import type { BookDraft, PricedBucket } from './book-draft.ts';
import {
  CENTS_PER_IMAGE,
  CENTS_PER_SECOND,
  PORTKEY_DEFAULTS,
  PORTKEY_KEYS,
  PORTKEY_UNIT_KEYS,
} from './portkey-keys.ts';
import type { RatesDraft } from './rate-draft.ts';
import { type Fields, fieldsOf, statesPrice } from './unknown-fields.ts';

/** One block of prices of the catalogue. */
export interface PortkeyBlock {
  readonly rates: RatesDraft;
  readonly options: OptionData[];
}

const VIDEO_SIZE = /^video_duration_seconds_(\d+)_(\d+)$/;

/** Whose prices are being read, for notes. */
interface Reading {
  readonly name: string;
  readonly book: BookDraft;
}

/** Reads `pay_as_you_go`. A price of zero is one that nobody filled in, and is no price. */
export function readPortkeyBlock(value: unknown, name: string, book: BookDraft): PortkeyBlock {
  const block: PortkeyBlock = { rates: {}, options: [] };
  for (const [key, price] of Object.entries(fieldsOf(value) ?? {})) {
    const listed = Object.hasOwn(PORTKEY_KEYS, key) ? PORTKEY_KEYS[key] : undefined;
    if (listed !== undefined) setPrice(block.rates, listed, price, { name, book, key });
    else if (key === 'additional_units') readUnits(fieldsOf(price) ?? {}, block, { name, book });
    else if (key !== 'image' && statesPrice(price)) book.leaveOut(name, `${key}: usage has no bucket for it`);
  }
  readPictures(fieldsOf(fieldsOf(value)?.['image']), block, name, book);
  return block;
}

function setPrice(
  rates: RatesDraft,
  [bucket, unit]: PricedBucket,
  price: unknown,
  { name, book, key }: Reading & { readonly key: string },
): void {
  if (!statesPrice(price)) return;
  // Anthropic has two lifetimes, and the single price is the one of the shorter.
  const priced = bucket === 'cacheWrite' && name.includes('claude') ? 'cacheWrite5m' : bucket;
  book.setRate(rates, [priced, unit], fieldsOf(price)?.['price'], { name, key });
}

function readUnits(units: Fields, block: PortkeyBlock, { name, book }: Reading): void {
  for (const [unit, price] of Object.entries(units)) {
    const key = `additional_units.${unit}`;
    const listed = Object.hasOwn(PORTKEY_UNIT_KEYS, unit) ? PORTKEY_UNIT_KEYS[unit] : undefined;
    const size = VIDEO_SIZE.exec(unit);
    if (listed !== undefined) setPrice(block.rates, listed, price, { name, book, key });
    else if (size !== null) {
      const seconds = book.rateOf(fieldsOf(price)?.['price'], CENTS_PER_SECOND, { name, key });
      if (seconds !== undefined)
        block.options.push({ when: { size: `${size[1]}x${size[2]}` }, rates: { seconds } });
    } else if (!PORTKEY_DEFAULTS.has(unit) && statesPrice(price))
      book.leaveOut(name, `${key}: usage has no bucket for it`);
  }
}

/** `default` and no name at all hold for every value. */
function conditionOn(attribute: string, reported: string): Readonly<Record<string, string>> {
  const value = reported.trim().toLowerCase();
  return value === 'default' || value === '' ? {} : { [attribute]: value };
}

/** `image.hd.1024x1792.price`: cents by quality and size, `default` for either. */
function readPictures(image: Fields | undefined, block: PortkeyBlock, name: string, book: BookDraft): void {
  if (image === undefined || !statesPrice(image)) return;
  if (block.rates.outputImage !== undefined) {
    book.leaveOut(name, 'image: the model is priced by tokens, which a price by the picture restates');
    return;
  }
  const options: OptionData[] = [];
  for (const [quality, sizes] of Object.entries(image)) {
    for (const [size, price] of Object.entries(fieldsOf(sizes) ?? {})) {
      if (!statesPrice(price)) continue;
      const key = `image.${quality}.${size}`;
      const images = book.rateOf(fieldsOf(price)?.['price'], CENTS_PER_IMAGE, { name, key });
      if (images === undefined) continue;
      const when = { ...conditionOn('quality', quality), ...conditionOn('size', size) };
      if (Object.keys(when).length === 0) block.rates.images = images;
      else options.push({ when, rates: { images } });
    }
  }
  block.options.push(...options.toSorted((a, b) => Object.keys(b.when).length - Object.keys(a.when).length));
}
