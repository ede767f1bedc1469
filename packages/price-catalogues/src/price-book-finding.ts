/** What can be wrong with a price book that is well-formed. */
export type FindingCode =
  | 'name_listed_twice'
  | 'prefix_listed_twice'
  | 'periods_overlap'
  | 'periods_gap'
  | 'windows_overlap'
  | 'tier_incomplete'
  | 'rate_implausible'
  | 'ratio_implausible'
  | 'cached_above_input'
  | 'cached_near_input'
  | 'output_below_input'
  | 'tier_out_of_line'
  | 'batch_above_list'
  | 'multiplier_implausible'
  | 'change_implausible'
  | 'sibling_out_of_line'
  | 'free_unexplained'
  | 'checked_in_future'
  | 'entry_stale'
  | 'source_unused'
  | 'rule_unused';

/** `error`: a call would be billed wrongly, or not at all. `warning`: look at it. `info`: good to know. */
export type FindingSeverity = 'error' | 'warning' | 'info';

export interface PriceBookFinding {
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  /** For instance `openai/gpt-5-mini`; absent where it is about the book. */
  readonly entry?: string;
  /** For instance `entries[3].periods[0].rates.input`. */
  readonly path: string;
  readonly message: string;
}

/** Whoever mends a thousand findings has another book. */
const FINDINGS_MAX = 1000;

const SEVERITY: Readonly<Record<FindingCode, FindingSeverity>> = {
  name_listed_twice: 'error',
  prefix_listed_twice: 'warning',
  periods_overlap: 'error',
  periods_gap: 'warning',
  windows_overlap: 'warning',
  tier_incomplete: 'warning',
  rate_implausible: 'error',
  ratio_implausible: 'error',
  cached_above_input: 'error',
  cached_near_input: 'warning',
  output_below_input: 'warning',
  tier_out_of_line: 'error',
  batch_above_list: 'error',
  multiplier_implausible: 'error',
  change_implausible: 'warning',
  sibling_out_of_line: 'warning',
  free_unexplained: 'warning',
  checked_in_future: 'warning',
  entry_stale: 'info',
  source_unused: 'info',
  rule_unused: 'info',
};

/** Collects findings up to a maximum. */
export class Findings {
  readonly list: PriceBookFinding[] = [];

  add(code: FindingCode, entry: string | undefined, path: string, message: string): void {
    if (this.list.length >= FINDINGS_MAX) return;
    this.list.push({ code, severity: SEVERITY[code], ...(entry !== undefined && { entry }), path, message });
  }
}
