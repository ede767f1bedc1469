import { rmSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { encodeProtobuf, spansOf } from './otlp-messages.ts';
import { modelCallRequest, startTestGateway, temporaryFolder, type TestGateway } from './test-gateway.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function restarted(dataFolder: string, gateway: TestGateway): Promise<TestGateway> {
  await gateway.stop();
  return startTestGateway({}, { dataFolder });
}

test('two spans that report one call, one before a restart and one after it, make one bill', async () => {
  const dataFolder = temporaryFolder();
  let gateway = await startTestGateway({}, { dataFolder });
  const outer = modelCallRequest();
  const [, call] = spansOf(outer);
  const inner = modelCallRequest(1, {
    traceId: call!.traceId,
    spanId: 'c000000000000001',
    parentSpanId: call!.spanId,
  });
  const [, nested] = spansOf(inner);
  inner.resourceSpans![0]!.scopeSpans![0] = { scope: { name: 'another-instrumentation' }, spans: [nested!] };
  await gateway.send(encodeProtobuf(outer));
  gateway = await restarted(dataFolder, gateway);
  stops.push(async () => {
    await gateway.stop();
    rmSync(dataFolder, { recursive: true });
  });
  expect(gateway.log.join('\n')).toContain('remembers 2 spans of the last 10 minutes');
  await gateway.send(encodeProtobuf(inner));
  const records = await gateway.records();
  expect(records.map(({ status }) => status).toSorted()).toEqual(['duplicate', 'priced']);
  gateway = await restarted(dataFolder, gateway);
  await gateway.send(encodeProtobuf(outer));
  await gateway.send(encodeProtobuf(inner));
  expect(await gateway.records()).toEqual(records);
});
