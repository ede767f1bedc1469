import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { driveTraffic } from '../src/traffic-driver.ts';
import { DEMO_TENANTS, planRequest } from '../src/traffic-plan.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serviceThat(answer: (path: string, inFlight: number) => number): Promise<string> {
  let inFlight = 0;
  const server = createServer((request, response) => {
    inFlight += 1;
    const status = answer(request.url ?? '', inFlight);
    request.resume().on('end', () => {
      setImmediate(() => {
        inFlight -= 1;
        if (status === 0) response.destroy();
        else response.writeHead(status).end('{}');
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('sends every planned request once and never more at a time than asked for', async () => {
  let most = 0;
  const paths: string[] = [];
  const serviceUrl = await serviceThat((path, inFlight) => {
    most = Math.max(most, inFlight);
    paths.push(path);
    return 200;
  });
  const progress: number[] = [];
  const result = await driveTraffic({
    serviceUrl,
    requests: 40,
    seed: 1,
    tenants: DEMO_TENANTS,
    concurrency: 4,
    onProgress: (finished) => progress.push(finished),
  });
  expect(result).toEqual({ ok: 40, failed: 0, failureReasons: [] });
  expect(progress).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(most).toBeLessThanOrEqual(4);
  expect(most).toBeGreaterThan(1);
  const planned = Array.from({ length: 40 }, (_, index) => planRequest(1, index, DEMO_TENANTS).path);
  expect(paths.toSorted()).toEqual(planned.toSorted());
});

test('counts answers that are not ok and connections that break', async () => {
  let count = 0;
  const serviceUrl = await serviceThat(() => [200, 502, 0][count++ % 3]!);
  const result = await driveTraffic({
    serviceUrl,
    requests: 9,
    seed: 1,
    tenants: DEMO_TENANTS,
    concurrency: 1,
  });
  expect(result).toMatchObject({ ok: 3, failed: 6 });
  expect(result.failureReasons[0]).toContain('502');
});

test('sends nothing more once it is told to end', async () => {
  const ending = new AbortController();
  const serviceUrl = await serviceThat(() => 200);
  const result = await driveTraffic({
    serviceUrl,
    requests: 50,
    seed: 1,
    tenants: DEMO_TENANTS,
    concurrency: 2,
    signal: ending.signal,
    onProgress: (finished) => {
      if (finished === 5) ending.abort();
    },
  });
  expect(result).toEqual({ ok: 5, failed: 0, failureReasons: [] });
});

test('the plan depends on the seed, mixes all features and tenants, and has a few large requests', () => {
  const plan = (seed: number): ReturnType<typeof planRequest>[] =>
    Array.from({ length: 150 }, (_, index) => planRequest(seed, index, DEMO_TENANTS));
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1)).not.toEqual(plan(2));
  const counts = Map.groupBy(plan(1), (request) => request.path);
  expect(new Set(counts.keys())).toEqual(new Set(['/assistant', '/reply', '/search', '/summarize']));
  const tenants = Map.groupBy(plan(1), (request) => request.tenant);
  expect(tenants.get('acme')!.length).toBeGreaterThan(tenants.get('umbrella')!.length);
  expect(tenants.size).toBe(4);
  const large = plan(1).filter((request) => JSON.stringify(request.body).length > 60_000);
  expect(large.length).toBeGreaterThan(0);
  expect(large.length).toBeLessThan(15);
});
