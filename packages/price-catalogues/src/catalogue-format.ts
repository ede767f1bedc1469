import type { PriceBookData } from '@costspan/pricing';

/** The public catalogues that can be read. */
export const CATALOGUE_FORMATS = ['genai-prices', 'litellm', 'portkey', 'models-dev'] as const;

export type CatalogueFormat = (typeof CATALOGUE_FORMATS)[number];

export interface ImportOptions {
  /** The day on which the catalogue was fetched, `YYYY-MM-DD`: the day up to which it vouches for its prices. */
  readonly checked: string;
  /** Whose prices they are, for Portkey's files: they list one provider each and do not name it. */
  readonly provider?: string;
  /** Only the prices of these providers. */
  readonly providers?: readonly string[];
}

/** A model or a price of the catalogue, and what there is to say of it. */
export interface CatalogueNote {
  /** For instance `azure.ai.openai/gpt-4o`, or the catalogue's own key where that names no model. */
  readonly name: string;
  readonly reason: string;
}

export type ImportErrorCode =
  | 'format_unknown'
  | 'not_json'
  | 'shape_unknown'
  | 'checked_malformed'
  | 'provider_missing'
  | 'too_large'
  | 'no_prices'
  | 'result_invalid';

/** Why a catalogue cannot be read at all, and how to mend it. */
export interface ImportError {
  readonly code: ImportErrorCode;
  readonly path: string;
  readonly message: string;
}

export type ImportedCatalogue =
  | {
      readonly ok: true;
      readonly data: PriceBookData;
      /** Every model and every price that the book does not have, and why. */
      readonly leftOut: readonly CatalogueNote[];
      /** Every price that had more digits than a price has, and what it was rounded to. */
      readonly rounded: readonly CatalogueNote[];
    }
  | { readonly ok: false; readonly errors: readonly ImportError[] };

/** More models than any catalogue has. */
export const ENTRIES_MAX = 20_000;
/** The longest name of a model that a price book looks up. */
export const NAME_CHARACTERS_MAX = 512;
/** More notes than these nobody reads; the last one says how many there are besides. */
export const NOTES_MAX = 10_000;
