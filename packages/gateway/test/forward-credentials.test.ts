import { rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ForwardConfig } from '@costspan/config';
import { encodeProtobuf } from './otlp-messages.ts';
import { testAuthority } from './test-certificate.ts';
import { modelCallRequest, startTestGateway, temporaryFolder, type TestGateway } from './test-gateway.ts';

const SECRET = 'geheimnis-0123456789';

let folder = '';
let stops: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = temporaryFolder();
  stops = [];
});
afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  rmSync(folder, { recursive: true });
});

const authority = testAuthority();
const server = authority.issue(['127.0.0.1']);

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** An https target that asks for a client certificate and for the current secret. */
async function startTarget(): Promise<{
  endpoint: string;
  seen: IncomingHttpHeaders[];
  clients: string[];
  secret: string;
}> {
  const target = { endpoint: '', seen: [] as IncomingHttpHeaders[], clients: [] as string[], secret: SECRET };
  const https = createServer(
    { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      request.resume();
      target.seen.push(request.headers);
      target.clients.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN));
      response.writeHead(request.headers.authorization === `Bearer ${target.secret}` ? 200 : 401).end();
    },
  );
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  stops.push(
    () =>
      new Promise((resolve) => {
        https.close(() => resolve());
        https.closeAllConnections();
      }),
  );
  target.endpoint = `https://127.0.0.1:${(https.address() as AddressInfo).port}`;
  return target;
}

async function start(forward: Omit<ForwardConfig, 'mode'>): Promise<TestGateway> {
  const gateway = await startTestGateway(
    { gateway: { forward: { mode: 'required', ...forward } } },
    { configFolder: folder, filesCheckMillis: 20, forwardTimeoutMillis: 2000 },
  );
  stops.push(gateway.stop);
  return gateway;
}

const send = async (gateway: TestGateway): Promise<number> =>
  (await gateway.send(encodeProtobuf(modelCallRequest()), { authorization: 'Bearer of-the-client' })).status;

test('the target gets the gateway’s own headers and certificate, and never those of a client', async () => {
  const target = await startTarget();
  const client = authority.issue(['gateway']);
  const gateway = await start({
    endpoint: target.endpoint,
    headersFile: write('headers.yaml', `Authorization: Bearer ${SECRET}\nx-scope-orgid: "7"\n`),
    tls: {
      caFile: write('ca.crt', authority.cert),
      certFile: write('client.crt', client.cert),
      keyFile: write('client.key', client.key),
    },
  });
  expect(await send(gateway)).toBe(200);
  expect(target.seen[0]).toMatchObject({
    authorization: `Bearer ${SECRET}`,
    'x-scope-orgid': '7',
    'content-type': 'application/x-protobuf',
  });
  expect(target.clients).toEqual(['gateway']);
  // Rotated at the target and in the file: spans are not lost between the two, as a 401 is not for good.
  target.secret = 'rotated-0123456789';
  expect(await send(gateway)).toBe(503);
  write('headers.yaml', 'authorization: Bearer rotated-0123456789\n');
  await vi.waitFor(async () => expect(await send(gateway)).toBe(200));
  write('headers.yaml', `authorization: [${SECRET}]\n`);
  await vi.waitFor(() =>
    expect(gateway.log.join('\n')).toContain('headers.yaml:1:1: authorization: must be a text'),
  );
  expect(await send(gateway)).toBe(200);
  expect(gateway.log.join('\n')).not.toMatch(/geheimnis|rotated/);
});

test('a target whose certificate nobody vouches for gets no spans', async () => {
  const target = await startTarget();
  const gateway = await start({ endpoint: target.endpoint });
  expect(await send(gateway)).toBe(503);
  expect(target.seen).toEqual([]);
});
