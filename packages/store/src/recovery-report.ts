import type { JournalDamage } from './journal/journal.ts';

/** What opening a data folder found damaged, and what became of it. */
export interface RecoveryReport {
  /** `rebuilt`: the database was made again from archive and journal; `replayed`: it lacked the journal's last frames. */
  readonly database: 'intact' | 'replayed' | 'rebuilt';
  /** Why the database could not be used, in fixed words; absent when it could. */
  readonly databaseProblem?: string;
  /** Frames of the journal that were applied on opening. */
  readonly framesReplayed: number;
  readonly journalDamage: readonly JournalDamage[];
  /** Days whose archive could not be read. */
  readonly archiveDamage: readonly { readonly day: string; readonly recordsAtLeast: number }[];
  /** Records that neither archive nor journal had, and the damaged database still did. They are in the books again. Absent when there are none. */
  readonly recordsSalvaged?: number;
  /** Records that are known to be lost; more may be. */
  readonly recordsLostAtLeast: number;
  /** Whether anything may be lost that was acknowledged. */
  readonly isComplete: boolean;
  /** Where copies of everything that could not be read are kept; absent when there is none. */
  readonly quarantineFolder?: string;
}
