import type { Money } from '@costspan/cost-model';

/** What one instance costs an hour, as a file states it. */
export interface GpuOffer {
  readonly instance: string | undefined;
  readonly accelerator: string | undefined;
  /** GPUs of one instance; `undefined` where the file does not say. */
  readonly gpus: number | undefined;
  readonly region: string | undefined;
  /** Ascending by day. */
  readonly rates: readonly OfferedRate[];
}

export interface OfferedRate {
  /** `YYYY-MM-DD`. */
  readonly from: string;
  /** Of one instance. */
  readonly perHour: Money;
}

/** What the user asks for. Names are compared without regard to case. */
export interface OfferQuery {
  readonly instance: string | undefined;
  readonly region: string | undefined;
  readonly accelerator: string | undefined;
  readonly resource: string | undefined;
  readonly spot: boolean;
  /** The day from which a price list that states none is taken to hold. */
  readonly from: string | undefined;
}

/** More cannot be told apart by a person; a narrower question can. */
export const OFFERS_MAX = 10_000;

export function isAsked(asked: string | undefined, stated: string | undefined): boolean {
  return asked === undefined || asked.toLowerCase() === stated?.toLowerCase();
}
