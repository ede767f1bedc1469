/**
 * What became of a file's records: `records` are `ofPools` + `ofUnknownPools` + `reportedAgain` + `notOfPools` and those
 * that are `unpriced`.
 */
export interface SettleCounts {
  /** Spans with a record that could be read; one that the file has twice counts once. */
  readonly records: number;
  /** Records of a span that the file had before. */
  readonly duplicates: number;
  /** Requests of the configured pools. */
  readonly ofPools: number;
  /** Of those that are settled: they ran outside of the period that was asked for. */
  readonly outsidePeriod: number;
  /** Requests of pools that are not configured. */
  readonly ofUnknownPools: number;
  /** Records of calls that another span reports too, and is billed for. */
  readonly reportedAgain: number;
  /** Records that no pool has to do with. */
  readonly notOfPools: number;
  /** Calls of model servers that have no part in a pool, by reason. */
  readonly unpriced: ReadonlyMap<string, number>;
}
