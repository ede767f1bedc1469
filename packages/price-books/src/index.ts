export {
  type CheckedPriceBook,
  checkPriceBook,
  type CheckPriceBookResult,
  type PriceBookEvidence,
  type PriceBookVersion,
} from './check-price-book.ts';
export {
  type FetchedPriceBook,
  fetchPriceBook,
  type FetchPriceBookOptions,
  type FetchPriceBookResult,
} from './fetch-price-book.ts';
export type { NetworkAccess } from './https-download.ts';
export type { KeptPriceBook, PriceBookOrigin } from './kept-price-books.ts';
export {
  PriceBookKeeper,
  type PriceBookKeeperOptions,
  type PriceBookUpdateResult,
} from './price-book-keeper.ts';
export type { PriceBookRefusal, PriceBookRefusalCode, Refused } from './price-book-refusal.ts';
export {
  generateSigningKey,
  type PriceBookSignature,
  type SignedPriceBook,
  type SigningKey,
  signPriceBook,
  type VerifiedPriceBook,
  verifyPriceBook,
} from './price-book-signature.ts';
export { isPublicAddress } from './public-address.ts';
export { PriceBooks, type PriceBooksOptions, type PriceBooksResult } from './price-books.ts';
