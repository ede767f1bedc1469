import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CostRecord } from '@costspan/cost-model';
import { runToEnd } from './child-process.ts';
import { sourceConditions } from './source-conditions.ts';

const CLI = dirname(fileURLToPath(import.meta.resolve('@costspan/cli/package.json')));
const COMMAND =
  sourceConditions.length > 0
    ? [...sourceConditions, join(CLI, 'src', 'main.ts')]
    : [join(CLI, 'dist', 'main.js')];
const ENRICH_TIMEOUT_MILLIS = 60_000;

/** Costs OTLP requests with the command that a user has for them: `costspan enrich FILE --json`. */
export async function enrichSpans(otlp: Buffer): Promise<CostRecord[]> {
  if (otlp.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'costspan-instrumentations-'));
  try {
    const file = join(folder, 'requests.otlp');
    writeFileSync(file, otlp);
    const { failure, stdout, tail } = await runToEnd({
      file: process.execPath,
      args: [...COMMAND, 'enrich', file, '--json'],
      cwd: folder,
      timeoutMillis: ENRICH_TIMEOUT_MILLIS,
    });
    if (failure !== undefined) throw new Error(`costspan enrich: ${failure}\n${tail}`);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as CostRecord);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
