import { messageOf } from './journal-writer.ts';

/**
 * Why applying failed. `passing`: the disk, or too little memory; it will work again. `data`: it is what was to be applied,
 * which fails each time. `unknown`: any other.
 */
export type ApplyFailure = 'passing' | 'data' | 'unknown';

const PASSING =
  /^(IO|Out of Memory|TransactionContext|Interrupt)|no space left|disk quota|could not (write|read|sync|truncate)|file too large|invalidated/i;
/** The last one is an `assert` of ours. */
const DATA =
  /^(Conversion|Invalid Input|Constraint|Out of Range|Invalid type|Invalid unicode|Costspan invariant)/i;

/** What kind of failure an error of the database is, by its words: DuckDB's client has no codes. */
export function applyFailureOf(error: unknown): ApplyFailure {
  if (error instanceof SyntaxError) return 'data';
  const message = messageOf(error);
  if (PASSING.test(message)) return 'passing';
  return DATA.test(message) ? 'data' : 'unknown';
}

/** Whether the database answers nothing any more until it is opened anew. */
export function isDatabaseLost(error: unknown): boolean {
  return /invalidated|FATAL|INTERNAL|connection (was )?(closed|disconnected)|failed to connect/i.test(
    messageOf(error),
  );
}
