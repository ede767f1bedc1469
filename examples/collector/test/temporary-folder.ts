import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder that is removed with the test, or kept for a look into its logs when the test fails. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-collector-'));
  onTestFinished(({ task }) => {
    if (task.result?.state === 'fail') console.error(`the logs and data are kept in ${folder}`);
    else rmSync(folder, { recursive: true });
  });
  return folder;
}
