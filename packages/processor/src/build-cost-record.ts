import { COST_RECORD_SCHEMA, type CostRecord, pricedModel, recordedCost } from '@costspan/cost-model';
import { callRegion } from '@costspan/pricing';
import { recordedGpu } from './gpu-cost.ts';
import type { SpanCost } from './span-cost.ts';

/** Who and when: what a record needs of a span beside its cost. Ids are lower-case hex. */
export interface RecordedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly service: string | undefined;
  readonly environment: string | undefined;
}

/** Builds the record of one model call from an allow-list of fields; nothing else of the span can enter it. */
export function buildCostRecord(span: RecordedSpan, cost: SpanCost): CostRecord {
  const { call, outcome, priceBook } = cost;
  return {
    schema: COST_RECORD_SCHEMA,
    traceId: span.traceId,
    spanId: span.spanId,
    entrySpanId: cost.entrySpanId ?? null,
    startTimeUnixNano: span.startTimeUnixNano,
    endTimeUnixNano: span.endTimeUnixNano,
    service: span.service ?? null,
    environment: span.environment ?? null,
    feature: cost.feature ?? null,
    tenant: cost.tenant ?? null,
    route: cost.route ?? null,
    provider: call.provider ?? null,
    requestModel: call.requestModel ?? null,
    model: pricedModel(call) ?? null,
    operation: call.operation,
    dialect: call.dialect,
    responseId: call.responseId ?? null,
    serviceTier: call.serviceTier ?? null,
    region: callRegion(call) ?? null,
    conditions: call.conditions ?? null,
    errorType: call.errorType ?? null,
    usage: call.usage ?? null,
    usageSource: call.usageSource,
    usageIncomplete: call.usageIncomplete ?? null,
    usageCorrected: call.usageCorrected === true,
    status: outcome.status,
    reason: outcome.status === 'priced' ? null : outcome.reason,
    reasonDetail: outcome.status === 'unpriced' ? (outcome.detail ?? null) : null,
    duplicateOfSpanId: outcome.status === 'duplicate' ? (outcome.billedSpanId ?? null) : null,
    duplicateOfTraceId: outcome.status === 'duplicate' ? (outcome.billedTraceId ?? null) : null,
    cost: outcome.status === 'priced' ? recordedCost(outcome, priceBook.currency) : null,
    gpu: outcome.status === 'priced' && cost.gpu !== undefined ? recordedGpu(cost.gpu) : null,
    priceBook: {
      version: priceBook.version,
      digest: priceBook.digest,
      entry: outcome.status === 'priced' ? (outcome.price.entry ?? null) : null,
      exactMatch: outcome.status === 'priced' ? outcome.price.exactMatch : null,
    },
  };
}
