import type { JournalDamage, RecoveryReport } from '@costspan/store';

/** What a start had to mend, in lines for the log; none when everything was as it was left. */
export function describeRecovery(recovery: RecoveryReport): string[] {
  const lines: string[] = [];
  if (recovery.database === 'rebuilt') {
    lines.push(
      `the database could not be used (${recovery.databaseProblem ?? 'unknown'}) and was made again: ` +
        `${recovery.framesReplayed} changes from the journal`,
    );
  }
  for (const damage of recovery.journalDamage) lines.push(describeDamage(damage));
  for (const { day, recordsAtLeast } of recovery.archiveDamage) {
    lines.push(
      `the archive of ${day} is damaged: ${recordsAtLeast} records of it are lost unless the journal has them`,
    );
  }
  if (recovery.recordsSalvaged !== undefined) {
    lines.push(`${recovery.recordsSalvaged} records that only the damaged database had were read from it`);
  }
  if (!recovery.isComplete) {
    lines.push(`records that were accepted are lost: ${recovery.recordsLostAtLeast} at least`);
  }
  if (lines.length > 0 && recovery.quarantineFolder !== undefined) {
    lines.push(`what could not be read is kept in ${recovery.quarantineFolder}`);
  }
  return lines;
}

function describeDamage({ kind, segment, offset, bytes, recordsAtLeast }: JournalDamage): string {
  const where = `segment ${segment} of the journal`;
  switch (kind) {
    case 'torn':
      return `${where} ended in the middle of a write: ${bytes} bytes that nobody was told were kept are cut off`;
    case 'damaged':
      return `${where} is damaged: ${bytes} bytes at ${offset} cannot be read, ${recordsAtLeast} records at least`;
    case 'missing_segment':
      return `${where} is missing`;
  }
}
