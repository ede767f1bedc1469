import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CostspanConfig, formatConfigErrors, parseConfig } from '@costspan/config';
import type { GpuPool } from '@costspan/cost-model';
import { checkBooks } from './check-books.ts';
import { checkReplays } from './check-replays.ts';
import { formatBooks } from './format-books.ts';
import { runLive } from './live-run.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, replay: { type: 'boolean', default: false } },
});
const folder = mkdtempSync(join(tmpdir(), 'costspan-gpu-pool-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
process.exitCode = await main(Number(values.seed), values.replay);

async function main(seed: number, withReplays: boolean): Promise<number> {
  const { config, pool } = readConfig(new URL('../costspan.yaml', import.meta.url));
  const run = await runLive(config, pool, { folder, seed });
  console.log(formatBooks(run.books));
  const checks = checkBooks(run.books, run.truth);
  if (withReplays) checks.push(...(await checkReplays({ config, pool, folder, seed, ...run })));
  for (const { ok, what, found } of checks) console.log(`${ok ? '✓' : '✗'} ${what}\n  ${found}`);
  return checks.every(({ ok }) => ok) ? 0 : 1;
}

function readConfig(file: URL): { readonly config: CostspanConfig; readonly pool: GpuPool } {
  const parsed = parseConfig(readFileSync(file, 'utf8'), { sourceName: 'costspan.yaml', env: {} });
  if (!parsed.ok) throw new Error(formatConfigErrors(parsed.errors));
  const [pool] = parsed.config.pools;
  if (pool === undefined) throw new Error('costspan.yaml has no pool');
  return { config: parsed.config, pool };
}
