import type { CostRecord } from './cost-record.ts';
import { type CallOperation, MISSING_USAGES, type ModelCall } from './model-call.ts';
import { reportedAmountPico } from './reported-amount.ts';

/** The call that a record was made of, so that it can be priced again under another price book. */
export function callFromRecord(record: CostRecord): ModelCall {
  const reported = record.cost?.reported;
  const amountPico = reported === undefined ? undefined : reportedAmountPico(reported.total);
  return {
    dialect: record.dialect,
    provider: record.provider ?? undefined,
    requestModel: record.requestModel ?? undefined,
    // A record states the model that was priced: the one that answered, or else the one that was asked for.
    responseModel: record.model ?? undefined,
    operation: record.operation as CallOperation,
    usage: record.usage ?? undefined,
    usageSource: record.usageSource,
    usageIncomplete: record.usageIncomplete ?? undefined,
    usageMissing: MISSING_USAGES.find((reason) => reason === record.reason),
    usageCorrected: record.usageCorrected === true,
    responseId: record.responseId ?? undefined,
    serviceTier: record.serviceTier ?? undefined,
    serverAddress: undefined,
    region: record.region ?? undefined,
    conditions: record.conditions ?? undefined,
    reportedCost:
      amountPico === undefined ? undefined : { amountPico, currency: record.cost?.currency ?? 'USD' },
    errorType: record.errorType ?? undefined,
  };
}

/** When the call began, in milliseconds since the epoch: the time that it is priced at. */
export function recordedStartMillis({ startTimeUnixNano }: CostRecord): number {
  return Number(BigInt(startTimeUnixNano) / 1_000_000n);
}
