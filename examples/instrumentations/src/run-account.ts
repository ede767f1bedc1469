import type { CostRecord } from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import type { ScenarioReport } from './scenario.ts';

/** What one served call came to in the records. */
export interface CallAccount {
  /** `undefined` for a record without a served call: one that the provider refused. */
  readonly served: LedgerEntry | undefined;
  /** The record that is not a duplicate; `undefined` when the call left none. */
  readonly record: CostRecord | undefined;
}

export interface ScenarioAccount {
  readonly scenario: ScenarioReport;
  readonly calls: readonly CallAccount[];
  readonly duplicates: number;
}

/** What a run measured, scenario by scenario, and what is wrong with it whatever the dialect carries. */
export interface RunAccount {
  readonly scenarios: readonly ScenarioAccount[];
  readonly failure: string | undefined;
  readonly violations: readonly string[];
}
