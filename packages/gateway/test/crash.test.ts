import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { CostRecord } from '@costspan/cost-model';
import { openDuckDbStore } from '@costspan/store';
import { expect, test } from 'vitest';
import { encodeProtobuf, spansOf } from './otlp-messages.ts';
import { modelCallRequest, temporaryFolder } from './test-gateway.ts';

const KILLS = 4;
const ANSWERS_PER_LIFE = 40;
const SENDERS = 4;

async function startProcess(dataFolder: string): Promise<{ process: ChildProcess; url: string }> {
  const child = fork(new URL('gateway-process.ts', import.meta.url), [dataFolder], {
    execArgv: ['--conditions=@costspan/source'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const [url] = (await once(child, 'message')) as [string];
  return { process: child, url };
}

async function allRecords(dataFolder: string): Promise<CostRecord[]> {
  const opened = await openDuckDbStore({ path: dataFolder });
  if (!opened.ok) throw new Error(opened.error.message);
  const { records } = await opened.store.records({ limit: 10_000 });
  await opened.store.close();
  return [...records];
}

/** Sends until the gateway is gone; a request without an answer stays in the list, as a client would keep it. */
async function sendUntilKilled(url: string, unsent: Uint8Array[], onAnswer: () => void): Promise<void> {
  for (let body = unsent.shift(); body !== undefined; body = unsent.shift()) {
    try {
      const response = await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: body as Uint8Array<ArrayBuffer>,
      });
      if (response.status !== 200) throw new Error(`answered ${response.status}`);
      onAnswer();
    } catch {
      unsent.push(body);
      return;
    }
  }
}

test('what was answered 200 survives SIGKILL, and what is sent again is counted once', async () => {
  const dataFolder = temporaryFolder();
  const requests = Array.from({ length: KILLS * ANSWERS_PER_LIFE + 20 }, () => modelCallRequest(2));
  const unsent = requests.map(encodeProtobuf);
  for (let life = 0; life < KILLS; life++) {
    const { process: gateway, url } = await startProcess(dataFolder);
    const exited = once(gateway, 'exit');
    let answers = 0;
    const kill = (): void => {
      answers += 1;
      if (answers === ANSWERS_PER_LIFE) gateway.kill('SIGKILL');
    };
    const before = requests.length - unsent.length;
    await Promise.all(Array.from({ length: SENDERS }, () => sendUntilKilled(url, unsent, kill)));
    await exited;
    const answered = requests.length - unsent.length;
    expect(answered - before).toBeGreaterThanOrEqual(ANSWERS_PER_LIFE);
    const recorded = new Set((await allRecords(dataFolder)).map((record) => record.traceId));
    expect(recorded.size).toBeGreaterThanOrEqual(answered);
  }

  const { process: gateway, url } = await startProcess(dataFolder);
  await sendUntilKilled(url, unsent, () => {});
  gateway.kill('SIGTERM');
  await once(gateway, 'exit');
  const records = await allRecords(dataFolder);
  const sentSpanIds = requests.flatMap((request) =>
    spansOf(request)
      .slice(1)
      .map((span) => `${span.traceId} ${span.spanId}`),
  );
  expect(records.map((record) => `${record.traceId} ${record.spanId}`).toSorted()).toEqual(
    sentSpanIds.toSorted(),
  );
  expect(new Set(records.map((record) => record.cost?.total))).toEqual(new Set(['0.000769600000']));
  rmSync(dataFolder, { recursive: true });
}, 60_000);
