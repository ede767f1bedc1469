import { beforeAll, expect, test } from 'vitest';
import { collectorBinary } from '../src/collector-binary.ts';
import { EQUAL_BOOKS } from '../src/compare-books.ts';
import { runKills } from '../src/kill-run.ts';
import { temporaryFolder } from './temporary-folder.ts';

const BUILD_MILLIS_MAX = 1_200_000;
const KILLS = Number(process.env['KILLS'] ?? 20);

beforeAll(async () => void (await collectorBinary()), BUILD_MILLIS_MAX);

test(
  `after ${KILLS} SIGKILLs of the gateway and 3 of the Collector the books equal the ledger`,
  { timeout: 120_000 + KILLS * 15_000 },
  async () => {
    const report = await runKills({
      folder: temporaryFolder(),
      gatewayKills: KILLS,
      collectorKills: 3,
      spansPerSecond: 300,
    });
    expect(report).toMatchObject(EQUAL_BOOKS);
    expect(report.callsAcknowledged).toBeGreaterThan(KILLS * 20);
    expect(report.killsWhileStarting).toBeGreaterThan(0);
  },
);
