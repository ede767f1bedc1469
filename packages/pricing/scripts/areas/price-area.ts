import type { PriceSource } from '../../src/index.ts';
import type { Correction } from '../correction.ts';
import type { EntryDraft } from '../genai-entries.ts';
import type { ProviderSelection } from '../provider-selections.ts';

/** What is known of the prices of some providers beyond the source: a reviewed file each. */
export interface PriceArea {
  /** Where its rates were read, by the id that its entries name. */
  readonly sources?: Readonly<Record<string, PriceSource>>;
  readonly selections?: readonly ProviderSelection[];
  /** Models of the source that are not taken over: `provider/model` → why. */
  readonly leftOut?: ReadonlyMap<string, string>;
  /** Applied in order, after those of price-corrections.ts. */
  readonly corrections?: readonly Correction[];
  /** Entries that the source lacks. They come before the source's, so their names win. */
  readonly added?: readonly EntryDraft[];
}
