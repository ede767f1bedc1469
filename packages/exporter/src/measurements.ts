import type { CallOutcome, ModelCall } from '@costspan/cost-model';

/** One model call, as it is added to the metrics. */
export interface CallMeasurement {
  readonly call: ModelCall;
  readonly result: CallOutcome;
  readonly feature: string | undefined;
  readonly tenant: string | undefined;
}

/** One finished request: the sum of its calls. */
export interface RequestMeasurement {
  readonly costPico: bigint;
  readonly route: string | undefined;
  readonly feature: string | undefined;
  /** Names of the thresholds that the request has passed. */
  readonly exceededThresholds: readonly string[];
}
