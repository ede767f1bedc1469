import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { encodeProtobuf, spansOf, type TraceRequestJson } from './otlp-messages.ts';
import { modelCallRequest, startTestGateway, startTestTarget, temporaryFolder } from './test-gateway.ts';

const TOKENS = {
  acme: 'the-token-of-acme-000000001',
  other: 'the-token-of-another-000001',
  app: 'the-token-of-an-app-0000001',
  ops: 'the-token-of-operations-001',
};

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function start(endpoint?: string, dataFolder: string = temporaryFolder()) {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-tokens-'));
  const entries = [
    { name: 'acme', token: TOKENS.acme, tenant: 'acme', scopes: ['ingest'] },
    { name: 'other', token: TOKENS.other, tenant: 'other', scopes: ['ingest'] },
    { name: 'app', token: TOKENS.app, scopes: ['ingest'] },
    { name: 'ops', token: TOKENS.ops, scopes: ['query', 'metrics'] },
  ];
  writeFileSync(join(folder, 'tokens.yaml'), JSON.stringify(entries));
  const gateway = await startTestGateway(
    {
      gateway: {
        auth: { tokensFile: 'tokens.yaml' },
        ...(endpoint !== undefined && { forward: { endpoint, mode: 'required' } }),
      },
    },
    { configFolder: folder, dataFolder },
  );
  return {
    stop: gateway.stop,
    send: async (token: string, request: TraceRequestJson): Promise<number> =>
      (await gateway.send(encodeProtobuf(request), { authorization: `Bearer ${token}` })).status,
    /** Tenant and status of every record. */
    async tenants(): Promise<string[]> {
      const response = await fetch(`${gateway.url}/api/records?limit=100`, {
        headers: { authorization: `Bearer ${TOKENS.ops}` },
      });
      const { records } = (await response.json()) as { records: { tenant: string | null; status: string }[] };
      return records.map(({ tenant, status }) => `${tenant} ${status}`).toSorted();
    },
  };
}

/** A call inside a given one, as another instrumentation reports it. */
function nestedIn(request: TraceRequestJson): TraceRequestJson {
  const [, call] = spansOf(request);
  const nested = modelCallRequest(1, {
    traceId: call!.traceId,
    spanId: 'c000000000000001',
    parentSpanId: call!.spanId,
  });
  const spans = spansOf(nested).slice(1);
  nested.resourceSpans![0]!.scopeSpans![0] = { scope: { name: 'another-instrumentation' }, spans };
  return nested;
}

test.each([
  ['acme', 'acme', 'other'],
  ['nobody’s', 'app', 'other'],
] as const)('a tenant cannot take %s call off the bill by a call inside it', async (_whose, owner, other) => {
  const dataFolder = temporaryFolder();
  const gateway = await start(undefined, dataFolder);
  const request = modelCallRequest();
  expect(await gateway.send(TOKENS[owner], request)).toBe(200);
  expect(await gateway.send(TOKENS[other], nestedIn(request))).toBe(200);
  expect(await gateway.tenants()).toEqual(['acme priced', 'other priced']);
  await gateway.stop();
  // Nor after a restart, which remembers whose token each call came with.
  const again = await start(undefined, dataFolder);
  stops.push(again.stop);
  const late = nestedIn(request);
  spansOf(late)[0]!.spanId = 'c000000000000002';
  expect(await again.send(TOKENS[other], late)).toBe(200);
  expect((await again.tenants()).filter((each) => each.startsWith('acme'))).toEqual(['acme priced']);
});

test('within a tenant two reports of a call make one bill, also over a restart', async () => {
  const dataFolder = temporaryFolder();
  const gateway = await start(undefined, dataFolder);
  const request = modelCallRequest();
  await gateway.send(TOKENS.acme, request);
  await gateway.stop();
  const again = await start(undefined, dataFolder);
  stops.push(again.stop);
  await again.send(TOKENS.acme, nestedIn(request));
  expect(await again.tenants()).toEqual(['acme duplicate', 'acme priced']);
});

test('what was priced upstream says on its way whose token it came with', async () => {
  const target = await startTestTarget();
  stops.push(target.close);
  const gateway = await start(target.endpoint);
  stops.push(gateway.stop);
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const request = modelCallRequest(1, {
    attributes: [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.request.model', 'gpt-5-mini'),
      text('costspan.cost.status', 'priced'),
      text('tenant.id', 'acme'),
    ],
  });
  await gateway.send(TOKENS.other, request);
  const forwarded = target.accepted[0]!.body.toString('latin1');
  expect(forwarded).toMatch(/costspan\.tenant\W+other/);
});
