import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { openDuckDbStore } from '@costspan/store';
import { expect, test } from 'vitest';
import { encodeProtobuf, spansOf } from './otlp-messages.ts';
import { modelCallRequest, temporaryFolder } from './test-gateway.ts';

const SENDERS = 8;

test('SIGTERM under load: what was answered 200 is in the books, and the process ends by itself', async () => {
  const dataFolder = temporaryFolder();
  const child = fork(new URL('gateway-process.ts', import.meta.url), [dataFolder], {
    execArgv: ['--conditions=@costspan/source'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const [url] = (await once(child, 'message')) as [string];
  const exited = once(child, 'exit');
  const answered: string[] = [];
  let answers = 0;
  const send = async (): Promise<void> => {
    for (;;) {
      const request = modelCallRequest(5);
      const response = await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: encodeProtobuf(request) as Uint8Array<ArrayBuffer>,
      }).catch(() => undefined);
      if (response === undefined) return;
      if (response.status === 200) answered.push(spansOf(request)[0]!.traceId);
      answers += 1;
      if (answers === 100) child.kill('SIGTERM');
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, send));
  const [code] = (await exited) as [number | null];
  expect(code).toBe(0);
  const opened = await openDuckDbStore({ path: dataFolder });
  if (!opened.ok) throw new Error(opened.error.message);
  const { records } = await opened.store.records({ limit: 10_000 });
  expect(opened.store.recovery).toMatchObject({ database: 'intact', framesReplayed: 0, isComplete: true });
  await opened.store.close();
  const recorded = new Map<string, number>();
  for (const { traceId } of records) recorded.set(traceId, (recorded.get(traceId) ?? 0) + 1);
  expect(answered.length).toBeGreaterThan(90);
  for (const traceId of answered) expect(recorded.get(traceId)).toBe(5);
  rmSync(dataFolder, { recursive: true });
}, 60_000);
