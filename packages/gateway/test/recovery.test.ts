import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_FILE } from '@costspan/store';
import { expect, test } from 'vitest';
import { encodeProtobuf } from './otlp-messages.ts';
import { modelCallRequest, startTestGateway, temporaryFolder } from './test-gateway.ts';

test.each([
  ['overwritten', (bytes: Buffer) => bytes.fill(0xff, 4096)],
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
  ['empty', () => Buffer.alloc(0)],
])('a gateway whose database is %s starts, says so, and has every record', async (_what, damage) => {
  const dataFolder = temporaryFolder();
  const before = await startTestGateway({}, { dataFolder });
  for (let sent = 0; sent < 5; sent++) await before.send(encodeProtobuf(modelCallRequest(4)));
  const records = await before.records();
  await before.stop();
  const database = join(dataFolder, DATABASE_FILE);
  writeFileSync(database, damage(readFileSync(database)));
  const after = await startTestGateway({}, { dataFolder });
  expect(after.log.filter((line) => line.includes('ALERT')).join('\n')).toMatch(
    /the database could not be used .* was made again/,
  );
  expect(await after.records()).toEqual(records);
  expect(await after.metric('costspan_gateway_recovery_lost')).toBe(0);
  await after.stop();
  rmSync(dataFolder, { recursive: true });
});

test('what is lost is counted and said, and a copy is kept of what cannot be read', async () => {
  const dataFolder = temporaryFolder();
  const before = await startTestGateway({}, { dataFolder });
  for (let sent = 0; sent < 5; sent++) await before.send(encodeProtobuf(modelCallRequest(4)));
  await before.stop();
  rmSync(join(dataFolder, DATABASE_FILE));
  const folder = join(dataFolder, 'journal');
  const [segment] = readdirSync(folder).filter((name) => name.endsWith('.journal'));
  const journal = readFileSync(join(folder, segment!));
  const model = journal.indexOf('"requestModel"', journal.length >> 1);
  journal.fill(0x20, model, model + 10);
  writeFileSync(join(folder, segment!), journal);
  const after = await startTestGateway({}, { dataFolder });
  const log = after.log.join('\n');
  expect(log).toMatch(
    /segment 1 of the journal is damaged: \d+ bytes at \d+ cannot be read, 4 records at least/,
  );
  expect(log).toContain('records that were accepted are lost: 4 at least');
  expect(log).toMatch(/what could not be read is kept in .*quarantine/);
  expect(await after.records()).toHaveLength(16);
  expect(await after.metric('costspan_gateway_recovery_lost')).toBe(4);
  await after.stop();
  rmSync(dataFolder, { recursive: true });
});
