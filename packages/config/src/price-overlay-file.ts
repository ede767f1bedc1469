import type { UsageBucket } from '@costspan/cost-model';
import type { OverheadConfig } from './overhead-schema.ts';

/** Rates by bucket, as the price book has them. */
export type BucketRates = { [bucket in UsageBucket]?: { decimal: string; per: number } };

/** An overlay as its file states it, in the price book's shapes. */
export interface PriceOverlayFile {
  readonly name: string;
  readonly version: string;
  readonly discounts: readonly {
    readonly provider: string;
    readonly model?: string | undefined;
    readonly percent: string;
    readonly from?: string | undefined;
    readonly until?: string | undefined;
  }[];
  readonly entries: readonly {
    readonly provider: string;
    readonly model: string;
    readonly aliases?: readonly string[] | undefined;
    readonly currency?: string | undefined;
    readonly sourceUrl: string;
    readonly checked: string;
    readonly periods: readonly {
      readonly from?: string;
      readonly until?: string;
      readonly rates: BucketRates;
      readonly serviceTiers?: Readonly<Record<string, { readonly rates: BucketRates }>>;
    }[];
  }[];
  readonly aliases: readonly { readonly provider: string; readonly model: string; readonly entry: string }[];
  readonly exchangeRates: readonly {
    readonly currency: string;
    readonly from: string;
    readonly rate: string;
    readonly sourceUrl: string;
  }[];
  readonly overhead: OverheadConfig | undefined;
}
