import { rmSync } from 'node:fs';
import type { CostRecord, GpuWindowRecord } from '@costspan/cost-model';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { type GpuGateway, pico, startGpuGateway } from './gpu-gateway.ts';
import { clientRequest, serverRequest, testPool, unixNano } from './gpu-spans.ts';
import { temporaryFolder } from './test-gateway.ts';

const POLL = { timeout: 20_000 };
const running: GpuGateway[] = [];

async function start(...options: Parameters<typeof startGpuGateway>): Promise<GpuGateway> {
  const gateway = await startGpuGateway(...options);
  running.push(gateway);
  return gateway;
}

const folders: string[] = [];
/** A data folder that outlives a gateway of the test. */
function keptFolder(): string {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const server = (id: number): string => `b${id.toString(16).padStart(15, '0')}`;

/** Whatever is settled adds up, window by window and over the requests of the records. */
function expectConserved(windows: readonly GpuWindowRecord[], records: Iterable<CostRecord>): void {
  const parts = [...records].flatMap(({ gpu, status }) => (status === 'priced' ? (gpu?.windows ?? []) : []));
  for (const window of windows) {
    const { used, slack, idle, unsampled, overhead, bill } = window;
    expect(pico(used) + pico(slack) + pico(idle) + pico(unsampled) + pico(overhead)).toBe(pico(bill));
    const inWindow = parts.filter(({ startUnixNano }) => startUnixNano === window.startUnixNano);
    expect(inWindow.reduce((sum, part) => sum + pico(part.used), 0n)).toBe(pico(used));
  }
}

test('requests share the time in which they ran beside each other, and the rest is idle', async () => {
  const { send, advanceTo, books, records, gateway } = await start([testPool()]);
  await send(serverRequest({ id: 1, start: 0, end: 0.5 }, { id: 2, start: 0.25, end: 0.75 }));
  const estimated = (await records()).get(server(1));
  expect(estimated).toMatchObject({
    status: 'priced',
    gpu: { pool: 'llama', basis: 'estimated', seconds: '0.375000000', share: 0.75 },
    cost: { total: '0.000375000000' },
  });
  await advanceTo(10);
  const { windows } = await books();
  expect(windows).toMatchObject([
    {
      pool: 'llama',
      revision: 1,
      bill: '0.001000000000',
      used: '0.000750000000',
      slack: '0.000000000000',
      idle: '0.000250000000',
      requestsStarted: 2,
      busySeconds: '0.750000000',
      activeSeconds: '1.000000000',
    },
  ]);
  const settled = await records();
  expect(settled.get(server(1))).toMatchObject({
    gpu: { basis: 'settled', seconds: '0.375000000' },
    cost: {
      total: '0.000375000000',
      lines: [{ component: 'gpu', bucket: 'gpu', unit: 'gpu_second', rate: '3.600000000000', per: 3600 }],
    },
  });
  expectConserved(windows, settled.values());
  expect(await gateway.metric('costspan_gpu_cost_USD_total', 'kind="direct"')).toBeCloseTo(0.00075, 12);
  expect(await gateway.metric('costspan_cost_USD_total', 'component="gpu"')).toBeCloseTo(0.00075, 12);
});

test('client and server are one request: when the server worked on it, whose it was by the client', async () => {
  for (const order of ['client first', 'server first', 'together']) {
    const { send, advanceTo, records, books, stop } = await startGpuGateway([testPool()]);
    const served = { id: 1, start: 0.2, end: 0.8, queue: 0.1 };
    const asClient = clientRequest('acme', served);
    const asServer = serverRequest(served);
    if (order === 'client first') for (const request of [asClient, asServer]) await send(request);
    if (order === 'server first') for (const request of [asServer, asClient]) await send(request);
    if (order === 'together') {
      await send({ resourceSpans: [...asClient.resourceSpans!, ...asServer.resourceSpans!] });
    }
    await advanceTo(10);
    const found = [...(await records()).values()];
    const billed = found.filter(({ status }) => status === 'priced');
    expect(found.map(({ status }) => status).toSorted(), order).toEqual(['duplicate', 'priced']);
    expect(billed, order).toMatchObject([
      {
        tenant: 'acme',
        gpu: { basis: 'settled', seconds: '0.500000000' },
        cost: { total: '0.000500000000' },
      },
    ]);
    expect((await books()).windows, order).toMatchObject([{ requestsStarted: 1, used: '0.000500000000' }]);
    await stop();
  }
});

test('a span that comes twice in one request is one request', async () => {
  const { send, advanceTo, records } = await start([testPool()]);
  const served = { id: 1, start: 0, end: 1 };
  await send(clientRequest('acme', served));
  await send(serverRequest(served, served, { id: 2, start: 0.5, end: 1 }));
  await advanceTo(10);
  const billed = [...(await records()).values()].filter(({ status }) => status === 'priced');
  const totals = billed.map(({ cost }) => cost?.total).toSorted((a, b) => (a ?? '').localeCompare(b ?? ''));
  expect(totals).toEqual(['0.000250000000', '0.000750000000']);
});

test('what comes late reopens its window, and what that changes goes to corrections', async () => {
  const { send, advanceTo, booksWhere, records, gateway } = await start([testPool()]);
  await send(serverRequest({ id: 1, start: 0, end: 1 }));
  await advanceTo(10);
  expect((await records()).get(server(1))?.cost?.total).toBe('0.001000000000');
  await send(serverRequest({ id: 2, start: 0.5, end: 1 }));
  const { windows } = await booksWhere((books) => books.windows[0]?.revision === 2);
  const settled = await records();
  expect(settled.get(server(1))?.cost?.total).toBe('0.000750000000');
  expect(settled.get(server(2))).toMatchObject({
    cost: { total: '0.000250000000' },
    gpu: { basis: 'settled' },
  });
  expect(BigInt(settled.get(server(2))?.gpu?.late?.closedUntilUnixNano ?? 0)).toBeGreaterThanOrEqual(
    unixNano(1),
  );
  expect(windows).toMatchObject([{ lateRequests: 1, used: '0.001000000000', idle: '0.000000000000' }]);
  expectConserved(windows, settled.values());
  expect(await gateway.metric('costspan_gpu_cost_USD_total', 'kind="direct"')).toBeCloseTo(0.001, 12);
  expect(await gateway.metric('costspan_gpu_requests_total', 'outcome="late"')).toBe(1);
});

test('a client that reports when its window is closed takes the bill over, and nothing is charged twice', async () => {
  const { send, advanceTo, books, booksWhere, records } = await start([testPool()]);
  const served = { id: 1, start: 0.2, end: 0.8, queue: 0.1 };
  await send(serverRequest(served));
  await advanceTo(10);
  expect((await books()).windows).toMatchObject([{ tenants: [{ tenant: null }, { tenant: '__idle__' }] }]);
  await send(clientRequest('acme', served));
  const { windows } = await booksWhere((found) => found.windows[0]?.revision === 2);
  const found = await records();
  expect([...found.values()].map(({ status }) => status).toSorted()).toEqual(['duplicate', 'priced']);
  expect([...found.values()].filter(({ gpu }) => gpu !== null)).toMatchObject([
    { tenant: 'acme', gpu: { basis: 'settled' }, cost: { total: '0.000500000000' } },
  ]);
  expect(new Set(windows[0]?.tenants.map(({ tenant }) => tenant))).toEqual(new Set(['__idle__', 'acme']));
  expectConserved(windows, found.values());
});

test('late requests of a pool that says so take from idle time only, or have no cost', async () => {
  const idleOnly = await start([testPool({ late: 'idle_only' })]);
  await idleOnly.send(serverRequest({ id: 1, start: 0, end: 0.5 }));
  await idleOnly.advanceTo(10);
  await idleOnly.send(serverRequest({ id: 2, start: 0.25, end: 0.75 }));
  await idleOnly.booksWhere(({ windows }) => windows[0]?.revision === 2);
  const records = await idleOnly.records();
  expect(records.get(server(1))?.cost?.total).toBe('0.000500000000');
  expect(records.get(server(2))?.cost?.total).toBe('0.000250000000');

  const drop = await start([testPool({ late: 'drop' })]);
  await drop.send(serverRequest({ id: 1, start: 0, end: 0.5 }));
  await drop.advanceTo(10);
  await drop.send(serverRequest({ id: 2, start: 0.25, end: 0.75 }));
  expect((await drop.records()).get(server(2))).toMatchObject({
    status: 'unpriced',
    reason: 'gpu_request_dropped',
    cost: null,
  });
  expect(await drop.gateway.metric('costspan_gpu_requests_total', 'outcome="dropped"')).toBe(1);
});

test('a restart settles what the process before left open, and makes the same books', async () => {
  const dataFolder = keptFolder();
  const requests = [
    serverRequest({ id: 1, start: 0, end: 2.5 }, { id: 2, start: 0.25, end: 0.75 }),
    serverRequest({ id: 3, start: 1.9, end: 3.1, queue: 0.4 }),
  ];
  const whole = await start([testPool()]);
  for (const request of requests) await whole.send(request);
  await whole.advanceTo(10);
  const first = await startGpuGateway([testPool()], { dataFolder });
  await first.send(requests[0]!);
  await first.advanceTo(5.5);
  await first.stop();
  const second = await start([testPool()], { dataFolder, startSeconds: 5.5 });
  await second.send(requests[1]!);
  await second.advanceTo(10);
  const isSettled = (records: ReadonlyMap<string, CostRecord>): boolean =>
    [...records.values()].every(({ gpu }) => gpu?.basis === 'settled');
  await expect.poll(async () => isSettled(await second.records()), POLL).toBe(true);
  const money = (record: CostRecord | undefined) => [record?.cost, record?.gpu?.windows];
  const expected = await whole.records();
  const found = await second.records();
  for (const id of [1, 2, 3]) expect(money(found.get(server(id)))).toEqual(money(expected.get(server(id))));
  const bookOf = ({ revision: _revision, lateRequests: _late, ...books }: GpuWindowRecord) => books;
  expect((await second.books()).windows.map(bookOf)).toEqual((await whole.books()).windows.map(bookOf));
});

test('what a later report tells does not make a request late', async () => {
  for (const late of ['idle_only', 'drop'] as const) {
    const { send, advanceTo, booksWhere, records, stop } = await startGpuGateway([testPool({ late })]);
    const served = { id: 1, start: 0, end: 0.6 };
    await send(serverRequest(served, { id: 2, start: 0, end: 0.6 }));
    await advanceTo(10);
    await send(clientRequest('acme', served));
    await booksWhere(({ windows }) => windows[0]?.revision === 2);
    const billed = [...(await records()).values()].filter(({ status }) => status === 'priced');
    expect(billed.map(({ cost }) => cost?.total)).toEqual(['0.000300000000', '0.000300000000']);
    await stop();
  }
});

test('metrics count each cost once, whatever is settled again', async () => {
  const { send, advanceTo, booksWhere, gateway } = await start([testPool()]);
  await send(serverRequest({ id: 1, start: 0, end: 0.5 }));
  await advanceTo(10);
  const idleBefore = await gateway.metric('costspan_gpu_cost_USD_total', 'kind="idle"');
  // One takes the bill over, and one ran in a window that was counted as idle.
  await send(clientRequest('acme', { id: 1, start: 0, end: 0.5 }));
  await send(serverRequest({ id: 2, start: 3, end: 3.5 }));
  await booksWhere(({ windows }) => windows.length === 2 && windows[0]?.revision === 2);
  expect(await gateway.metric('costspan_gpu_cost_USD_total', 'kind="idle"')).toBe(idleBefore);
  const correction = 'costspan_gpu_cost_corrections_USD';
  expect(await gateway.metric(correction, 'kind="idle"')).toBeCloseTo(-0.0005, 12);
  expect(await gateway.metric(correction, 'kind="direct"')).toBeCloseTo(0.0005, 12);
  const inMetrics = await gateway.metric('costspan_tenant_cost_USD_total');
  // The counter of nobody's cost cannot fall: it has what was taken over until it is passed again.
  expect(inMetrics).toBeCloseTo(0.0005 + 0.0005, 12);
});

test('what a correction took out of its windows is settled after a restart too', async () => {
  const dataFolder = keptFolder();
  const first = await startGpuGateway([testPool()], { dataFolder });
  // Its server's clock is ahead; the client tells when it was.
  const ahead = { id: 1, start: 3, end: 3.6 };
  await first.send(serverRequest(ahead));
  await first.advanceTo(10);
  await first.send(clientRequest('acme', { id: 1, start: 0.05, end: 0.65 }));
  await first.stop();
  const second = await start([testPool()], { dataFolder, startSeconds: 10 });
  const { windows } = await second.booksWhere(
    (books) => books.windows.length === 2 && books.windows[1]?.revision === 2,
  );
  expect(windows.map(({ used }) => used)).toEqual(['0.000600000000', '0.000000000000']);
});

test('without a replica a request is estimated and settled as sharing the whole pool', async () => {
  const { send, advanceTo, records } = await start([
    testPool({ replicas: 2, gpus: 2, replicaKeys: ['none'] }),
  ]);
  await send(serverRequest({ id: 1, start: 0, end: 0.5 }));
  const total = async () => (await records()).get(server(1));
  expect(await total()).toMatchObject({ gpu: { basis: 'estimated' }, cost: { total: '0.000500000000' } });
  await advanceTo(10);
  expect(await total()).toMatchObject({
    gpu: { basis: 'settled', seconds: '1.000000000' },
    cost: { total: '0.000500000000' },
  });
});

test.each(['before', 'after'])('a try on another pool is billed to it, its client %s it', async (client) => {
  const cheap = testPool({ name: 'cheap', match: { 'gen_ai.request.model': ['small'] } });
  const perHour = (testPool().rates[0]!.perHour * 10n) as (typeof cheap.rates)[number]['perHour'];
  const dear = testPool({
    name: 'dear',
    match: { 'gen_ai.request.model': ['large'] },
    rates: [{ fromUnixNano: unixNano(-86_400), perHour }],
  });
  const { send, advanceTo, books, records } = await start([cheap, dear]);
  const tries = [serverRequest({ id: 1, start: 0, end: 0.4 }), serverRequest({ id: 1, start: 0.4, end: 1 })];
  const [first, second] = tries.map((each) => each.resourceSpans![0]!.scopeSpans![0]!.spans![0]);
  tries[1]!.resourceSpans![0]!.resource!.attributes![0]!.value = { stringValue: 'vllm-2' };
  second!.spanId = 'dddddddddddddddd';
  const model = (value: string) => ({ key: 'gen_ai.request.model', value: { stringValue: value } });
  first!.attributes!.push(model('small'));
  second!.attributes!.push(model('large'));
  // Numbers of the engines' own, which are no ids of responses.
  for (const [index, span] of [first, second].entries()) {
    span!.attributes![0]!.value = { stringValue: String(index) };
  }
  const request = clientRequest('acme', { id: 1, start: 0, end: 1 });
  for (const each of client === 'before' ? [request, ...tries] : [...tries, request]) await send(each);
  await advanceTo(10);
  const byPool = Object.fromEntries((await books()).windows.map(({ pool, used }) => [pool, used]));
  expect(byPool).toEqual({ cheap: '0.000400000000', dear: '0.006000000000' });
  const billed = [...(await records()).values()].filter(({ status }) => status === 'priced');
  expect(billed.map(({ tenant, gpu }) => [tenant, gpu?.pool])).toEqual(
    expect.arrayContaining([
      ['acme', 'cheap'],
      // A client that reports after its tries is known to the one that it is matched with.
      [client === 'before' ? 'acme' : null, 'dear'],
    ]),
  );
});

test('a rate that is added into a closed window leaves that window as it was', async () => {
  const dataFolder = keptFolder();
  const first = await startGpuGateway([testPool({ windowSeconds: 5 })], { dataFolder });
  await first.send(serverRequest({ id: 1, start: 1, end: 3 }));
  await first.advanceTo(14);
  await first.stop();
  const { rates } = testPool();
  const added = { fromUnixNano: unixNano(2), perHour: rates[0]!.perHour };
  const pool = testPool({ windowSeconds: 5, rates: [...rates, added] });
  const second = await start([pool], { dataFolder, startSeconds: 14 });
  await second.send(serverRequest({ id: 2, start: 2, end: 3 }));
  const { windows } = await second.booksWhere((books) => books.windows[0]?.revision === 2);
  expect(windows).toMatchObject([{ used: '0.002000000000', requestsStarted: 2 }]);
});

test('a pool whose windows get another length has each moment in one window', async () => {
  const dataFolder = keptFolder();
  const first = await startGpuGateway([testPool()], { dataFolder, startSeconds: 5 });
  await first.send(serverRequest({ id: 1, start: 5.5, end: 8.5 }));
  await first.advanceTo(12);
  await first.stop();
  const second = await start([testPool({ windowSeconds: 5 })], { dataFolder, startSeconds: 12 });
  // One of each: over the change, in a closed window of the old length, and in an idle one.
  await second.send(
    serverRequest(
      { id: 2, start: 7.5, end: 9.5 },
      { id: 3, start: 6, end: 6.5 },
      { id: 4, start: 0.2, end: 0.4 },
    ),
  );
  await second.advanceTo(34);
  await expect
    .poll(async () => [...(await second.records()).values()].map(({ gpu }) => gpu?.basis), POLL)
    .toEqual(['settled', 'settled', 'settled', 'settled']);
  const { windows } = await second.books();
  windows.slice(1).forEach(({ startUnixNano }, index) => {
    expect(BigInt(startUnixNano)).toBeGreaterThanOrEqual(BigInt(windows[index]!.endUnixNano));
  });
  const records = [...(await second.records()).values()];
  const charged = records.reduce((sum, { cost }) => sum + pico(cost?.total), 0n);
  // Four seconds in which something ran, and a fifth of one.
  expect(charged).toBe(4_200_000_000n);
  expectConserved(windows, records);
});

test('requests that no pool matches, or that have no rate, or end in the future, say so', async () => {
  const none = await start([testPool({ match: { 'service.name': ['other'] } })]);
  await none.send(serverRequest({ id: 1, start: 0, end: 1 }));
  expect((await none.records()).get(server(1))).toMatchObject({ status: 'unpriced', reason: 'no_gpu_pool' });
  expect(await none.gateway.metric('costspan_calls_total', 'reason="no_gpu_pool"')).toBe(1);

  const rates = [{ fromUnixNano: unixNano(3), perHour: testPool().rates[0]!.perHour }];
  const unrated = await start([testPool({ rates })]);
  await unrated.send(serverRequest({ id: 1, start: 0, end: 1 }, { id: 2, start: 20, end: 30 }));
  const records = await unrated.records();
  expect(records.get(server(1))).toMatchObject({ reason: 'no_gpu_rate', reasonDetail: 'llama' });
  expect(records.get(server(2))).toMatchObject({ reason: 'gpu_time_in_future' });
});

test('a sampled request stands for those that were not, and costs what one of them does', async () => {
  const { send, advanceTo, records, books } = await start([testPool()]);
  // One in two was sampled: the other half of all trace ids was rejected.
  await send(serverRequest({ id: 1, start: 0, end: 1, traceState: 'ot=th:8' }));
  await advanceTo(10);
  expect((await records()).get(server(1))).toMatchObject({
    gpu: { adjustedCount: 2 },
    cost: { total: '0.000500000000' },
  });
  expect((await books()).windows).toMatchObject([
    { used: '0.000500000000', unsampled: '0.000500000000', idle: '0.000000000000', requestsStarted: 2 },
  ]);
});

test('in any order and delivered twice the books are the same', async () => {
  const served = [
    { id: 1, start: 0, end: 0.8 },
    { id: 2, start: 0.1, end: 1.4, queue: 0.2 },
    { id: 3, start: 0.5, end: 0.5 },
    { id: 4, start: 1, end: 2 },
    { id: 5, start: 1.2, end: 1.1 },
  ];
  const settled = async (batches: readonly (readonly number[])[]) => {
    const { send, advanceTo, books, records, stop } = await startGpuGateway([testPool()]);
    for (const batch of batches) await send(serverRequest(...batch.map((index) => served[index]!)));
    await advanceTo(10);
    const { windows } = await books();
    const costs = Object.fromEntries([...(await records())].map(([id, { cost }]) => [id, cost?.total]));
    expectConserved(windows, (await records()).values());
    await stop();
    return { windows, costs };
  };
  const expected = await settled([[0, 1, 2, 3, 4]]);
  const orders = fc.shuffledSubarray([0, 1, 2, 3, 4, 0, 2, 4], { minLength: 8, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(orders, fc.integer({ min: 1, max: 4 }), async (order, size) => {
      const batches = [];
      for (let at = 0; at < order.length; at += size) batches.push([...new Set(order.slice(at, at + size))]);
      expect(await settled(batches)).toEqual(expected);
    }),
    { numRuns: 5 },
  );
});
