import {
  type CallOperation,
  canonicalProvider,
  type ModelCall,
  type TokenUsage,
  USAGE_BUCKETS,
  type UsageBucket,
} from '@costspan/cost-model';
import { readCallAttributes } from './call-attributes.ts';
import { reportedCostOf } from './call-row.ts';
import { countsOf, optionOf } from './count-options.ts';
import { UsageError } from './exit-code.ts';
import { CountConflict, type CountName, usageFromReportedCounts } from './reported-usage.ts';

/** The options of `costspan price` that describe one call, its counts aside. */
export interface CallOptions {
  readonly provider?: string;
  readonly model?: string;
  readonly responseModel?: string;
  readonly operation?: CallOperation;
  readonly serviceTier?: string;
  readonly region?: string;
  readonly option?: Readonly<Record<string, string>>;
  readonly reportedCost?: string;
}

const CALL_OPTIONS: Readonly<Record<keyof CallOptions, string>> = {
  provider: '--provider',
  model: '--model',
  responseModel: '--response-model',
  operation: '--operation',
  serviceTier: '--service-tier',
  region: '--region',
  option: '--option',
  reportedCost: '--reported-cost',
};

/** Which options describe a call; the lines of a file describe each of theirs. */
export function givenCallOptions(options: CallOptions): string[] {
  const names = Object.keys(CALL_OPTIONS) as (keyof CallOptions)[];
  return [
    ...names.filter((name) => options[name] !== undefined).map((name) => CALL_OPTIONS[name]),
    ...(Object.keys(countsOf({ ...options })) as CountName[]).map(optionOf),
  ];
}

/** The call that the options describe. */
export function callFromOptions(options: CallOptions): ModelCall {
  if (options.model === undefined && options.responseModel === undefined) {
    throw new UsageError('--model is missing; give it, or --from with a file of calls');
  }
  const said = readCallAttributes(
    options.option ?? {},
    options.provider === undefined ? undefined : canonicalProvider(options.provider),
  );
  const reportedCost = reportedCostOf(options.reportedCost);
  if (options.reportedCost !== undefined && reportedCost === undefined) {
    throw new UsageError(
      `--reported-cost ${options.reportedCost} is no amount; write a decimal such as 0.00123`,
    );
  }
  const usage = usageFromOptions(options, said.provider);
  return {
    dialect: 'command-line',
    provider: said.provider,
    requestModel: options.model,
    responseModel: options.responseModel,
    operation: options.operation ?? (reportsTokens(usage) ? 'chat' : 'other'),
    usage,
    usageSource: 'estimated',
    responseId: undefined,
    serviceTier: options.serviceTier ?? said.serviceTier,
    serverAddress: said.serverAddress,
    region: options.region ?? said.region,
    conditions: said.conditions,
    reportedCost,
    errorType: undefined,
  };
}

/** A call with tokens must have both sides of them; one with seconds or images only is no chat. */
function reportsTokens(usage: TokenUsage): boolean {
  return Object.keys(usage).some((bucket) => USAGE_BUCKETS[bucket as UsageBucket].unit === 'token');
}

function usageFromOptions(options: CallOptions, provider: string | undefined): TokenUsage {
  try {
    return usageFromReportedCounts(countsOf({ ...options }), {
      nameOf: optionOf,
      reasoningMayStandBeside: provider === 'perplexity',
    });
  } catch (error) {
    throw error instanceof CountConflict ? new UsageError(error.message) : error;
  }
}
