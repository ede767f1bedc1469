export { type AttributeSource, attributionText, isOfOtherSide, resolveAttribution } from './attribution.ts';
export { buildCostRecord, type RecordedSpan } from './build-cost-record.ts';
export {
  type CostAttribution,
  setCostAttribution,
  withCostAttribution,
  type WithCostAttributionOptions,
} from './cost-attribution.ts';
export type { PriceBookSource } from './call-billing.ts';
export { CostSpanProcessor, type CostSpanProcessorOptions } from './cost-span-processor.ts';
export {
  chargedPico,
  estimatedGpuCost,
  type GpuCost,
  gpuPrice,
  gpuRateAt,
  type GpuShare,
  priceWithoutPool,
  recordedGpu,
} from './gpu-cost.ts';
export { MeterUnsampledSampler, type SamplerLike } from './meter-unsampled-sampler.ts';
export type { SdkSpan } from './sdk-span.ts';
export { duplicateResult, type SpanCost } from './span-cost.ts';
export {
  addCostAttributes,
  COST_STATUS_ATTRIBUTE,
  DUPLICATE_OF_ATTRIBUTE,
  DUPLICATE_OF_TRACE_ATTRIBUTE,
  ENTRY_SPAN_ID_ATTRIBUTE,
  ROUTE_ATTRIBUTE,
  type WritableAttributes,
} from './cost-attributes.ts';
