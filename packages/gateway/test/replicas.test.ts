import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { encodeProtobuf } from './otlp-messages.ts';
import {
  modelCallRequest,
  startTestGateway,
  type TestGateway,
  temporaryFolder,
  testConfig,
} from './test-gateway.ts';
import { startGateway } from '../src/gateway.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function start(...parameters: Parameters<typeof startTestGateway>): Promise<TestGateway> {
  const gateway = await startTestGateway(...parameters);
  stops.push(gateway.stop);
  return gateway;
}

const COST = 0.0007696;

test('replicas that share the books count a span once, whichever of them it is sent to', async () => {
  const books = await start();
  const store = { kind: 'gateway', url: books.url } as const;
  const replicas = [await start({ store }), await start({ store })];
  const bodies = Array.from({ length: 30 }, () => encodeProtobuf(modelCallRequest(2)));
  const first = await Promise.all(bodies.map((body, index) => replicas[index % 2]!.send(body)));
  const again = await Promise.all(bodies.map((body, index) => replicas[(index + 1) % 2]!.send(body)));
  expect([...first, ...again].map((response) => response.status)).toEqual(
    Array.from({ length: 60 }, () => 200),
  );
  const records = await books.records();
  expect(new Set(records.map(({ traceId, spanId }) => `${traceId} ${spanId}`)).size).toBe(60);
  expect(records).toHaveLength(60);
  const counted = await Promise.all(replicas.map((replica) => replica.metric('costspan_cost_USD_total')));
  expect(counted[0]! + counted[1]!).toBeCloseTo(60 * COST, 9);
  const redelivered = await Promise.all(
    replicas.map((replica) => replica.metric('costspan_gateway_records_total', 'outcome="redelivered"')),
  );
  expect(redelivered[0]! + redelivered[1]!).toBe(60);
  // A replica answers questions from the same books.
  expect(await (await fetch(`${replicas[0]!.url}/api/summary`)).json()).toEqual(
    await (await fetch(`${books.url}/api/summary`)).json(),
  );
});

test('a replica takes nothing while the books are away, and what is sent again is there once', async () => {
  const dataFolder = temporaryFolder();
  const books = await startTestGateway({}, { dataFolder });
  const replica = await start({ store: { kind: 'gateway', url: books.url } });
  const { port, hostname: host } = new URL(books.url);
  const body = encodeProtobuf(modelCallRequest());
  await books.stop();
  const refused = await replica.send(body);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await (await fetch(`${replica.url}/readyz`)).json()).toEqual({
    status: 'not_ready',
    problems: ['store: io_error'],
  });
  const listen = { host, port: Number(port) };
  const config = testConfig(dataFolder);
  const back = await startGateway(
    { ...config, gateway: { ...config.gateway, listen } },
    { env: {}, log: () => undefined },
  );
  if (!back.ok) throw new Error(back.error.message);
  stops.push(back.gateway.stop);
  expect((await replica.send(body)).status).toBe(200);
  expect((await replica.send(body)).status).toBe(200);
  expect(await replica.records()).toHaveLength(1);
  expect(await replica.metric('costspan_calls_total', 'status="priced"')).toBe(1);
});

test('the books take records from a replica with a token of that scope only', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-tokens-'));
  const tokens = [
    { name: 'replica', token: 'the-token-of-a-replica-0001', scopes: ['records'] },
    { name: 'app', token: 'the-token-of-an-app-0000001', scopes: ['ingest'] },
  ];
  writeFileSync(join(folder, 'tokens.yaml'), JSON.stringify(tokens));
  writeFileSync(join(folder, 'token'), 'the-token-of-a-replica-0001\n');
  const books = await start({ gateway: { auth: { tokensFile: 'tokens.yaml' } } }, { configFolder: folder });
  const replica = await start(
    { store: { kind: 'gateway', url: books.url, tokenFile: 'token' } },
    { configFolder: folder },
  );
  expect((await replica.send(encodeProtobuf(modelCallRequest()))).status).toBe(200);
  const post = async (token?: string): Promise<number> =>
    (
      await fetch(`${books.url}/api/records`, {
        method: 'POST',
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        body: '{"records":[],"corrections":[]}',
      })
    ).status;
  expect([await post(), await post(tokens[1]!.token), await post(tokens[0]!.token)]).toEqual([401, 403, 200]);
});

test('what is no cost record is refused, by its place and without its text', async () => {
  const books = await start();
  const replica = await start({ store: { kind: 'gateway', url: books.url } });
  await replica.send(encodeProtobuf(modelCallRequest()));
  const [record] = await books.records();
  const post = async (body: unknown): Promise<[number, unknown]> => {
    const response = await fetch(`${books.url}/api/records`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return [response.status, await response.json()];
  };
  const wrong = (changes: object): object => ({ records: [{ ...record, ...changes }], corrections: [] });
  expect(await post('{')).toEqual([400, { error: 'the body is not JSON' }]);
  expect(await post({})).toEqual([400, { error: 'these are no cost records: records' }]);
  for (const [changes, place] of [
    [{ prompt: 'a secret' }, 'records.0'],
    [{ traceId: 'A secret' }, 'records.0.traceId'],
    [{ startTimeUnixNano: String(2n ** 64n) }, 'records.0.startTimeUnixNano'],
    [{ usage: { input: -1 } }, 'records.0.usage'],
    [{ usage: { secret: 1 } }, 'records.0.usage'],
    [{ conditions: { 'a secret': 1 } }, 'records.0.conditions'],
    [{ cost: { currency: 'USD', total: 'a lot', lines: [] } }, 'records.0.cost'],
  ] as const) {
    expect(await post(wrong(changes))).toEqual([400, { error: `these are no cost records: ${place}` }]);
  }
  expect(await post(wrong({}))).toEqual([200, { isNew: [false] }]);
});
