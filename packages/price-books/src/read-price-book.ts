import { digestOf, parsePriceBook, type PriceBookData } from '@costspan/pricing';
import { type Refused, reasonOf, refused } from './price-book-refusal.ts';

export type ReadPriceBook = { readonly ok: true; readonly data: PriceBookData } | Refused;

/** The first errors tell what is wrong; the others mostly follow from them. */
const ERRORS_SHOWN = 3;

/** Reads a price book's text: it must be well formed, and its digest must be that of its prices. Never throws. */
export function readPriceBook(text: string): ReadPriceBook {
  if (!text.isWellFormed()) return refused('not_a_price_book', 'the text is not well-formed Unicode');
  try {
    return readWellFormed(text);
  } catch (error) {
    // Values nested by the thousands exhaust the stack, and some objects have no text.
    return refused('not_a_price_book', `the text is no price book: ${reasonOf(error)}`);
  }
}

function readWellFormed(text: string): ReadPriceBook {
  const parsed = parsePriceBook(text);
  if (!parsed.ok) {
    const shown = parsed.errors
      .slice(0, ERRORS_SHOWN)
      .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    const more = parsed.errors.length - shown.length;
    return refused('not_a_price_book', shown.join('; ') + (more > 0 ? `; and ${more} more` : ''));
  }
  const { data } = parsed;
  const digest = digestOf(data);
  if (digest !== data.digest) {
    return refused(
      'digest_wrong',
      `digest says ${data.digest}, the prices have ${digest}: they were changed after it was made; take the book from its publisher again, or put the right digest in if the change is yours`,
    );
  }
  return { ok: true, data };
}
