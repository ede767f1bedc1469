/** The kill test: `main.ts [--kills 200] [--collector-kills 10] [--spans-per-second 300] [--build-only]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatMoney, moneyFromPico } from '@costspan/cost-model';
import { collectorBinary } from './collector-binary.ts';
import { EQUAL_BOOKS } from './compare-books.ts';
import { runKills } from './kill-run.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: process.env['KILLS'] ?? '200' },
    'collector-kills': { type: 'string', default: '10' },
    'spans-per-second': { type: 'string', default: '300' },
    'build-only': { type: 'boolean', default: false },
  },
});

const binary = await collectorBinary();
if (values['build-only']) console.log(binary);
else await reportKills();

async function reportKills(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-kills-'));
  const report = await runKills({
    folder,
    gatewayKills: Number(values.kills),
    collectorKills: Number(values['collector-kills']),
    spansPerSecond: Number(values['spans-per-second']),
    onProgress: (line) => console.error(line),
  });
  console.log(
    `${report.gatewayKills} SIGKILLs of the gateway, ${report.killsWhileStarting} while it started;`,
  );
  console.log(`${report.collectorKills} of the Collector; slowest start ${report.startMillisMax} ms`);
  console.log(
    `${report.spansAcknowledged} spans acknowledged, ${report.callsAcknowledged} of them model calls`,
  );
  console.log(`of ${formatMoney(moneyFromPico(report.totalPicoUsd))} USD in the sender's ledger`);
  console.log(
    `${report.failedAttempts} attempts sent again, ${report.repeatedDeliveries} spans delivered again`,
  );
  const differences = Object.keys(EQUAL_BOOKS) as (keyof typeof EQUAL_BOOKS)[];
  for (const name of differences)
    console.log(`  ${report[name] === EQUAL_BOOKS[name] ? '✓' : '✗'} ${name}: ${report[name]}`);
  const isEqual = differences.every((name) => report[name] === EQUAL_BOOKS[name]);
  if (isEqual) rmSync(folder, { recursive: true });
  else console.log(`the data is kept in ${folder}`);
  process.exitCode = isEqual ? 0 : 1;
}
