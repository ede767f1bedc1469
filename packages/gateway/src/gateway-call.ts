import type { CallOutcome, ModelCall } from '@costspan/cost-model';
import type { CallMeasurement } from '@costspan/exporter';
import type { PriceBook } from '@costspan/pricing';
import {
  duplicateResult,
  type GpuCost,
  priceWithoutPool,
  type RecordedSpan,
  type SpanCost,
} from '@costspan/processor';
import type { CallDeduplicator, CallVerdict } from '@costspan/semconv';
import { startMillisOf } from './call-span.ts';
import { type GpuPricing, type GpuReport, isOwnTry } from './gpu/gpu-pricing.ts';

/** What the gateway keeps of a model call for as long as another span may still report it too. */
export interface GatewayCall {
  readonly span: RecordedSpan;
  readonly call: ModelCall;
  readonly gpu: GpuReport;
  readonly attribution: CallAttribution;
  /** Other spans that report this call, which is billed. */
  reports: readonly GatewayCall[];
  /** The call that this span is one of the reports of. */
  reportOf: GatewayCall | undefined;
  /** The call around this one: several tries of it can be calls of their own. */
  caller: GatewayCall | undefined;
  /** `undefined` until the request that brought it has been costed. */
  cost: SpanCost | undefined;
  /** Whether its record is on disk, so that it need not be written when it is delivered again. */
  isRecorded: boolean;
  /** What the metrics have counted of it. */
  counted: CallMeasurement | undefined;
  /** Whether they are to count its cost when it is settled. */
  isCostLater: boolean;
  /** Its place among the late requests of its pool, once it is one. */
  lateNumber: number | undefined;
  /** What was committed of its GPU time. */
  committedGpu: GpuCost | undefined;
}

/** What is true of most calls, so that they share it. */
export const NO_REPORTS: readonly GatewayCall[] = [];

/** The calls of the last minutes, whatever request brought them. */
export type GatewayCalls = CallDeduplicator<GatewayCall | undefined>;

/** Whose call it was, as far as its span and those around it tell. */
export type CallAttribution = Pick<SpanCost, 'feature' | 'tenant' | 'entrySpanId' | 'route'>;

/** What calls are priced by. */
export interface CallPrices {
  readonly priceBook: PriceBook;
  readonly gpu: GpuPricing;
  /** Absent: nothing lies in the future. */
  readonly nowUnixMillis: number | undefined;
}

/** What a verdict on a call comes to: its price, the reason why there is none, or the span that is billed instead. */
export function costOfCall(kept: GatewayCall, verdict: CallVerdict, prices: CallPrices): SpanCost {
  const { call } = kept;
  const { priceBook } = prices;
  const { outcome, gpu } = outcomeOf(kept, verdict, prices);
  const { feature, tenant, entrySpanId, route } = attributionOf(kept);
  return { call, outcome, gpu, feature, tenant, entrySpanId, route, priceBook };
}

function outcomeOf(
  kept: GatewayCall,
  verdict: CallVerdict,
  { priceBook, gpu, nowUnixMillis }: CallPrices,
): { readonly outcome: CallOutcome; readonly gpu?: GpuCost } {
  const { call, span } = kept;
  if (!verdict.billed && !isOwnTry(kept)) return { outcome: duplicateResult(verdict, span.traceId) };
  const byPool = gpu.price(kept, nowUnixMillis);
  if (byPool !== undefined) return byPool;
  return { outcome: priceWithoutPool(call, priceBook.price(call, startMillisOf(span))) };
}

/** A model server does not know whose call it was; its client, which reports the same one, does. */
function attributionOf({ call, attribution, reports, reportOf, caller }: GatewayCall): CallAttribution {
  if (call.usageSource !== 'server') return attribution;
  const around = [...reports, reportOf, ...(reportOf?.reports ?? []), caller].filter(
    (each) => each !== undefined,
  );
  if (around.length === 0) return attribution;
  const all = [attribution, ...around.map((report) => report.attribution)];
  return {
    feature: all.find(({ feature }) => feature !== undefined)?.feature,
    tenant: all.find(({ tenant }) => tenant !== undefined)?.tenant,
    entrySpanId: all.find(({ entrySpanId }) => entrySpanId !== undefined)?.entrySpanId,
    route: all.find(({ route }) => route !== undefined)?.route,
  };
}
