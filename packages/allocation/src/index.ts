export { type ActiveIntervals, activeIntervals, alignWithClient } from './active-intervals.ts';
export { adjustedCountOf } from './adjusted-count.ts';
export { CostClock } from './cost-clock.ts';
export { type GpuInterval, type GpuRequest, WEIGHT_MAX } from './gpu-request.ts';
export { type GpuWindow, windowAt, windowsBetween } from './gpu-window.ts';
export { OnlineLane, type OnlineLaneOptions, type OnlineShare } from './online-lane.ts';
export { GpuPoolMatcher, type PoolSubject, replicaOf } from './pool-matcher.ts';
export { requestFromRecord } from './request-from-record.ts';
export { type PeriodWindow, settlePeriod } from './settle-period.ts';
export {
  type SettledWindow,
  type SettlementOptions,
  settleWindow,
  type WindowShares,
} from './settle-window.ts';
export {
  diagnosePool,
  DIAGNOSIS_LIMITS,
  type DiagnosisLimits,
  type DiagnosisVerdict,
  type PoolContradiction,
  type PoolDiagnosis,
  type PoolMeasurements,
} from './diagnose-pool.ts';
export {
  FOCUS_COLUMNS,
  focusChargePeriods,
  type FocusNames,
  type FocusRow,
  focusRows,
} from './focus-rows.ts';
export { gpuPoolReport, PoolLedger, type PoolLedgerOptions } from './pool-ledger.ts';
export {
  type GpuPoolReport,
  type GpuTenantCost,
  type LeftOut,
  type PoolMark,
  type PoolPeak,
  type PoolPeriod,
  tenantTotal,
  type UnitCost,
} from './pool-report.ts';
export {
  type MethodResult,
  WORKED_EXAMPLE_REQUESTS_MAX,
  workedExample,
  type WorkedExampleOptions,
  type WorkedExampleRow,
} from './worked-example.ts';
