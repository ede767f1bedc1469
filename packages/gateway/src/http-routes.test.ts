import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { GatewayLog } from './gateway-log.ts';
import { httpRoutes } from './http-routes.ts';
import { Readiness } from './readiness.ts';

test('while the books are being opened traces are to be sent again, and health tells why', async () => {
  const routes = httpRoutes({
    service: () => undefined,
    readiness: new Readiness(),
    log: new GatewayLog(() => undefined),
    decide: () => ({ granted: true, tenant: undefined }),
  });
  const server = createServer(routes);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = async (path: string): Promise<[number, unknown]> => {
    const response = await fetch(`${url}${path}`);
    return [response.status, await response.json()];
  };
  const traces = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect([traces.status, traces.headers.get('retry-after'), await traces.json()]).toEqual([
    503,
    '1',
    { code: 14, message: 'the gateway is starting' },
  ]);
  expect(await get('/healthz')).toEqual([200, { status: 'ok' }]);
  expect(await get('/readyz')).toEqual([503, { status: 'not_ready', problems: ['starting'] }]);
  expect(await get('/api/summary')).toEqual([503, { error: 'the gateway is starting; try again' }]);
  server.close();
  server.closeAllConnections();
});
