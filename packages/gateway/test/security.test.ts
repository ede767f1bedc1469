import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { type GatewayConfig, type GatewayToken, parseGatewayTokens } from '@costspan/config';
import type { CostRecord } from '@costspan/cost-model';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type GatewayOptions, startGateway } from '../src/gateway.ts';
import { ProtobufReader } from '../src/otlp/protobuf-reader.ts';
import {
  decodeProtobuf,
  encodeJson,
  encodeProtobuf,
  spansOf,
  type TraceRequestJson,
} from './otlp-messages.ts';
import { testAuthority, type TestCertificate } from './test-certificate.ts';
import {
  modelCallRequest,
  startTestGateway,
  startTestTarget,
  temporaryFolder,
  testConfig,
  type TestGateway,
} from './test-gateway.ts';

const CHECK_MILLIS = 20;
const ADMIN = 'admin-0123456789abcdef';
const INGEST = 'ingest-0123456789abcdef';
const ACME = 'acme-0123456789abcdef';
const EXPIRED = 'expired-0123456789abcdef';
const TOKENS = `
- { name: admin, token: ${ADMIN}, scopes: [ingest, query, metrics] }
- { name: sender, token: ${INGEST} }
- { name: acme, token: ${ACME}, tenant: acme }
- { name: former, token: ${EXPIRED}, expires: 2020-01-01, scopes: [ingest, query, metrics] }
`;
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

let folder = '';
let stop: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = temporaryFolder();
  stop = [];
});
afterEach(async () => {
  for (const one of stop.reverse()) await one();
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function start(gateway: Partial<GatewayConfig>, options: GatewayOptions = {}): Promise<TestGateway> {
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder, { recursive: true });
  const started = await startTestGateway(
    { gateway },
    { configFolder: folder, filesCheckMillis: CHECK_MILLIS, dataFolder, ...options },
  );
  stop.push(() => started.stop());
  return started;
}

async function startWithTokens(options: GatewayOptions = {}): Promise<TestGateway> {
  write('tokens.yaml', TOKENS);
  return start({ auth: { tokensFile: 'tokens.yaml' } }, options);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** With node's own client, so that certificates can be given to it. */
function ask(
  url: string,
  options: RequestOptions & { body?: Uint8Array; ca?: string } & Partial<TestCertificate> = {},
): Promise<Answer> {
  const { body, ...rest } = options;
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestHttps : requestHttp;
    const request: ClientRequest = send(url, { agent: false, ...rest });
    request.once('error', reject);
    request.once('response', (response) => {
      buffer(response).then(
        (bytes) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes }),
        reject,
      );
    });
    request.end(body);
  });
}

function traces(
  gateway: TestGateway,
  token: string | undefined,
  body: Uint8Array,
  type = 'application/x-protobuf',
): Promise<Answer> {
  const headers = { 'content-type': type, ...(token !== undefined && bearer(token)) };
  return ask(`${gateway.url}/v1/traces`, { method: 'POST', headers, body });
}

/** The message of a `google.rpc.Status` in protobuf. */
function statusOf(body: Uint8Array): { code: number; message: string } {
  const reader = new ProtobufReader(body);
  const status = { code: 0, message: '' };
  while (reader.nextField()) {
    if (reader.field === 1) status.code = reader.varint();
    else {
      const length = reader.length();
      status.message = Buffer.from(body.subarray(reader.offset, reader.offset + length)).toString();
      reader.offset += length;
    }
  }
  return status;
}

async function recordsOf(gateway: TestGateway, token = ADMIN): Promise<CostRecord[]> {
  const { body } = await ask(`${gateway.url}/api/records?limit=100`, { headers: bearer(token) });
  return (JSON.parse(body.toString()) as { records: CostRecord[] }).records;
}

test('who has no token, or a wrong one, gets 401 in the encoding of the request', async () => {
  const gateway = await startWithTokens();
  const request = modelCallRequest();
  const body = encodeProtobuf(request);
  const none = await traces(gateway, undefined, body);
  expect([none.status, none.headers['www-authenticate'], none.headers['content-type']]).toEqual([
    401,
    'Bearer realm="costspan"',
    'application/x-protobuf',
  ]);
  expect(statusOf(none.body)).toMatchObject({
    code: 16,
    message: expect.stringContaining('Authorization: Bearer'),
  });
  for (const wrong of [`${ADMIN}x`, ADMIN.slice(1), 'x', '']) {
    const answer = await traces(gateway, wrong, Buffer.from(encodeJson(request)), 'application/json');
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="costspan", error="invalid_token"',
    ]);
    expect(JSON.parse(answer.body.toString())).toEqual({
      code: 16,
      message: 'the bearer token is not known',
    });
  }
  for (const authorization of [`Basic ${ADMIN}`, `Bearer ${ADMIN} ${ADMIN}`, `Bearer${ADMIN}`, 'Bearer']) {
    expect((await ask(`${gateway.url}/metrics`, { headers: { authorization } })).status).toBe(401);
  }
  expect(
    (await ask(`${gateway.url}/metrics`, { headers: { authorization: `bearer  ${ADMIN}` } })).status,
  ).toBe(200);
  expect((await traces(gateway, INGEST, body)).status).toBe(200);
  expect(await recordsOf(gateway)).toHaveLength(1);
  expect(gateway.log.join('\n')).not.toMatch(/0123456789abcdef/);
});

test('a token is good for its scopes and its time', async () => {
  const gateway = await startWithTokens();
  const statuses = async (token: string | undefined): Promise<number[]> => {
    const headers = token === undefined ? {} : bearer(token);
    const asked = ['/healthz', '/readyz', '/metrics', '/api/summary', '/api/nothing'].map((path) =>
      ask(`${gateway.url}${path}`, { headers }),
    );
    const sent = traces(gateway, token, encodeProtobuf(modelCallRequest()));
    return (await Promise.all([...asked, sent])).map(({ status }) => status);
  };
  expect(await statuses(undefined)).toEqual([200, 200, 401, 401, 401, 401]);
  expect(await statuses(ADMIN)).toEqual([200, 200, 200, 200, 404, 200]);
  expect(await statuses(INGEST)).toEqual([200, 200, 403, 403, 403, 200]);
  expect(await statuses(ACME)).toEqual([200, 200, 403, 403, 403, 200]);
  expect(await statuses(EXPIRED)).toEqual([200, 200, 403, 403, 403, 403]);
  const refused = await ask(`${gateway.url}/metrics`, { headers: bearer(INGEST) });
  expect(JSON.parse(refused.body.toString())).toEqual({
    code: 7,
    message: 'the bearer token lacks the scope metrics',
  });
});

test('a token expires while the gateway runs', async () => {
  let now = Date.UTC(2026, 5, 1);
  write('tokens.yaml', `- { name: short, token: ${INGEST}, expires: 2026-07-01 }`);
  const gateway = await start({ auth: { tokensFile: 'tokens.yaml' } }, { nowUnixMillis: () => now });
  const body = encodeProtobuf(modelCallRequest());
  expect((await traces(gateway, INGEST, body)).status).toBe(200);
  now = Date.UTC(2026, 6, 1);
  expect((await traces(gateway, INGEST, body)).status).toBe(403);
});

test('tokens are rotated without a restart, and a broken file changes nothing but the log', async () => {
  const gateway = await startWithTokens();
  const asks = async (token: string): Promise<number> =>
    (await ask(`${gateway.url}/api/summary`, { headers: bearer(token) })).status;
  const fresh = 'fresh-0123456789abcdef';
  write('tokens.yaml', `${TOKENS}- { name: fresh, token: ${fresh}, scopes: [query] }\n`);
  await vi.waitFor(async () => expect([await asks(fresh), await asks(ADMIN)]).toEqual([200, 200]));
  write('tokens.yaml', `- { name: fresh, token: ${fresh}, scopes: [query] }\n`);
  await vi.waitFor(async () => expect([await asks(fresh), await asks(ADMIN)]).toEqual([200, 401]));
  for (const broken of ['', '- { name: x', `- { name: x, token: *${ADMIN} }`]) {
    const before = gateway.log.length;
    write('tokens.yaml', broken);
    await vi.waitFor(() => expect(gateway.log.length + Number(broken !== '')).toBeGreaterThan(before));
    expect(await asks(fresh)).toBe(200);
  }
  rmSync(join(folder, 'tokens.yaml'));
  expect(gateway.log.join('\n')).toMatch(
    /the tokens changed and cannot be used; the former ones stay in force: .*tokens\.yaml:1:1/,
  );
  write('tokens.yaml', TOKENS);
  await vi.waitFor(async () => expect([await asks(fresh), await asks(ADMIN)]).toEqual([401, 200]));
  expect(gateway.log.join('\n')).not.toMatch(/0123456789abcdef/);
});

test.each(['protobuf', 'json'] as const)(
  'what is sent with the token of a tenant is that tenant’s (%s)',
  async (encoding) => {
    write('tokens.yaml', TOKENS);
    const target = await startTestTarget();
    stop.push(target.close);
    const gateway = await start({
      auth: { tokensFile: 'tokens.yaml' },
      forward: { endpoint: target.endpoint, mode: 'required' },
    });
    const request = modelCallRequest(2);
    const claim = (key: string): object => ({ key, value: { stringValue: 'umbrella' } });
    const [resource] = request.resourceSpans!;
    resource!.resource!.attributes!.push(claim('costspan.tenant') as never, claim('tenant.id') as never);
    const [, call, stamped] = resource!.scopeSpans![0]!.spans!;
    call!.attributes!.push(claim('tenant.id') as never);
    stamped!.attributes!.push(
      claim('costspan.tenant') as never,
      { key: 'costspan.cost.status', value: { stringValue: 'priced' } } as never,
    );
    const body = encoding === 'protobuf' ? encodeProtobuf(request) : Buffer.from(encodeJson(request));
    const type = encoding === 'protobuf' ? 'application/x-protobuf' : 'application/json';
    expect((await traces(gateway, ACME, body, type)).status).toBe(200);
    const records = await vi.waitFor(async () => {
      const found = await recordsOf(gateway);
      expect(found).toHaveLength(2);
      return found;
    });
    expect(records.map(({ tenant }) => tenant)).toEqual(['acme', 'acme']);
    const forwarded =
      encoding === 'protobuf'
        ? decodeProtobuf(target.accepted[0]!.body)
        : (JSON.parse(target.accepted[0]!.body.toString()) as TraceRequestJson);
    const said = [forwarded.resourceSpans![0]!.resource!, ...spansOf(forwarded)].flatMap(({ attributes }) =>
      attributes!.filter(({ key }) => key === 'costspan.tenant').map(({ value }) => value),
    );
    expect(said).toEqual(Array.from({ length: 4 }, () => ({ stringValue: 'acme' })));
    // Other names for a tenant are believed no more than ours.
    const silent = modelCallRequest(1, {});
    const [span] = spansOf(silent);
    span!.attributes = [claim('tenant.id') as never];
    const other = encoding === 'protobuf' ? encodeProtobuf(silent) : Buffer.from(encodeJson(silent));
    expect((await traces(gateway, ACME, other, type)).status).toBe(200);
    await vi.waitFor(async () => {
      expect((await recordsOf(gateway)).map(({ tenant }) => tenant)).toEqual(['acme', 'acme', 'acme']);
    });
    await ask(`${gateway.url}/metrics`, { headers: bearer(ADMIN) });
    const metrics = await ask(`${gateway.url}/metrics`, { headers: bearer(ADMIN) });
    expect(metrics.body.toString()).toContain('tenant="acme"');
    expect(metrics.body.toString()).not.toContain('umbrella');
  },
);

test('who may not send cannot make the gateway take in a body', async () => {
  const gateway = await startWithTokens();
  const { port } = new URL(gateway.url);
  const chunk = Buffer.alloc(64 * 1024);
  let sent = 0;
  const answered = Promise.withResolvers<number>();
  const closed = Promise.withResolvers<void>();
  const request = requestHttp({ port, host: '127.0.0.1', path: '/v1/traces', method: 'POST', agent: false });
  request.setHeader('content-length', 1024 ** 3);
  request.setHeader('content-type', 'application/x-protobuf');
  request.on('response', (response) => {
    response.resume();
    answered.resolve(response.statusCode ?? 0);
  });
  request.on('error', () => undefined);
  request.on('close', () => closed.resolve());
  const pump = (): void => {
    while (!request.destroyed && request.write(chunk)) sent += chunk.length;
    if (!request.destroyed) request.once('drain', pump);
  };
  pump();
  expect(await answered.promise).toBe(401);
  await closed.promise;
  // A quarter of a mebibyte is passed over; the rest of it is what the kernel holds of both ends.
  expect(sent).toBeLessThan(64 * 1024 ** 2);
  expect((await traces(gateway, INGEST, encodeProtobuf(modelCallRequest()))).status).toBe(200);
});

test('a body that waits for leave is asked for after the token was checked', async () => {
  const gateway = await startWithTokens();
  const body = encodeProtobuf(modelCallRequest());
  const send = (token: string): Promise<{ status: number; asked: boolean }> =>
    new Promise((resolve, reject) => {
      let asked = false;
      const request = requestHttp(`${gateway.url}/v1/traces`, {
        method: 'POST',
        agent: false,
        headers: {
          ...bearer(token),
          'content-type': 'application/x-protobuf',
          'content-length': body.length,
          expect: '100-continue',
        },
      });
      request.on('continue', () => {
        asked = true;
        request.end(body);
      });
      request.on('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, asked });
      });
      request.on('error', reject);
      request.flushHeaders();
    });
  expect(await send('nobody-0123456789abcdef')).toEqual({ status: 401, asked: false });
  expect(await send(INGEST)).toEqual({ status: 200, asked: true });
});

test('https, with a certificate that is replaced without a restart', async () => {
  const [authority, next] = [testAuthority('first'), testAuthority('second')];
  const put = ({ cert, key }: TestCertificate): void => {
    write('gateway.key', key);
    write('gateway.crt', cert);
  };
  put(authority.issue(['127.0.0.1']));
  const tls = { certFile: 'gateway.crt', keyFile: 'gateway.key', minVersion: '1.2' as const };
  const gateway = await start({ tls });
  expect(gateway.url).toMatch(/^https:/);
  const ca = authority.cert;
  const get = (path: string, options: RequestOptions & { ca?: string }): Promise<number> =>
    ask(`${gateway.url}${path}`, options).then(({ status }) => status);
  expect(await get('/api/summary', { ca })).toBe(200);
  await expect(get('/api/summary', { ca: next.cert })).rejects.toThrow(/certificate/);
  const headers = { 'content-type': 'application/x-protobuf' };
  const body = encodeProtobuf(modelCallRequest());
  expect((await ask(`${gateway.url}/v1/traces`, { method: 'POST', ca, headers, body })).status).toBe(200);
  // Whoever speaks http is not answered, and does no harm.
  await expect(ask(gateway.url.replace('https:', 'http:'))).rejects.toThrow();
  // Between the two writes key and certificate do not belong together.
  put(next.issue(['127.0.0.1']));
  await vi.waitFor(async () => expect(await get('/healthz', { ca: next.cert })).toBe(200));
  await expect(get('/healthz', { ca })).rejects.toThrow(/certificate/);
  write('gateway.crt', 'half a certif');
  await vi.waitFor(() => expect(gateway.log.join('\n')).toContain('gateway.crt has no certificate in PEM'));
  expect(await get('/healthz', { ca: next.cert })).toBe(200);
  expect(gateway.log.join('\n')).not.toContain('PRIVATE KEY-----\n');
});

test('min_version 1.3 refuses an older client', async () => {
  const authority = testAuthority();
  const { cert, key } = authority.issue(['127.0.0.1']);
  const tls = { certFile: write('c.crt', cert), keyFile: write('c.key', key), minVersion: '1.3' as const };
  const gateway = await start({ tls });
  const options = { ca: authority.cert };
  await expect(
    ask(`${gateway.url}/healthz`, { ...options, maxVersion: 'TLSv1.2' } as RequestOptions),
  ).rejects.toThrow();
  expect((await ask(`${gateway.url}/healthz`, options)).status).toBe(200);
});

test('with client_ca_file only clients with a certificate of that authority are served; probes reach health', async () => {
  const [authority, stranger] = [testAuthority('ours'), testAuthority('theirs')];
  const { cert, key } = authority.issue(['127.0.0.1']);
  const gateway = await start({
    tls: {
      certFile: write('gateway.crt', cert),
      keyFile: write('gateway.key', key),
      clientCaFile: write('clients.crt', authority.cert),
      minVersion: '1.2',
    },
  });
  const ca = authority.cert;
  const body = encodeProtobuf(modelCallRequest());
  const headers = { 'content-type': 'application/x-protobuf' };
  const statuses = async (client: Partial<TestCertificate>): Promise<number[]> => {
    const sent = ask(`${gateway.url}/v1/traces`, { method: 'POST', ca, headers, body, ...client });
    const asked = ['/api/summary', '/metrics', '/healthz', '/readyz'].map((path) =>
      ask(`${gateway.url}${path}`, { ca, ...client }),
    );
    return (await Promise.all([sent, ...asked])).map(({ status }) => status);
  };
  expect(await statuses({})).toEqual([401, 401, 401, 200, 200]);
  expect(await statuses(stranger.issue(['client']))).toEqual([401, 401, 401, 200, 200]);
  expect(await statuses(authority.issue(['client'], new Date('2020-01-01')))).toEqual([
    401, 401, 401, 200, 200,
  ]);
  expect(await statuses(authority.issue(['client']))).toEqual([200, 200, 200, 200, 200]);
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'who has shown no certificate cannot come back with a session of before (%s)',
  async (version) => {
    const authority = testAuthority();
    const { cert, key } = authority.issue(['127.0.0.1']);
    const gateway = await start({
      tls: {
        certFile: write('gateway.crt', cert),
        keyFile: write('gateway.key', key),
        clientCaFile: write('clients.crt', authority.cert),
        minVersion: '1.2',
      },
    });
    const { port } = new URL(gateway.url);
    let reused = false;
    const talk = (session: Buffer | undefined): Promise<{ answer: string; session: Buffer | undefined }> =>
      new Promise((resolve, reject) => {
        let answer = '';
        let last: Buffer | undefined;
        const socket: TLSSocket = connect({
          port: Number(port),
          host: '127.0.0.1',
          ca: authority.cert,
          maxVersion: version,
          ...(session && { session }),
        });
        socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
        socket.on('session', (one: Buffer) => (last = one)).on('error', reject);
        socket.on('secureConnect', () => {
          reused ||= socket.isSessionReused();
        });
        socket.on('close', () => resolve({ answer, session: last ?? socket.getSession() }));
        socket.write('GET /api/summary HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      });
    let session: Buffer | undefined;
    for (let time = 0; time < 3; time++) {
      const result = await talk(session);
      expect(result.answer).toMatch(/^HTTP\/1\.1 401 /);
      ({ session } = result);
    }
    expect(reused).toBe(false);
  },
);

test('commands of this machine find a way to ask, which is theirs alone', async () => {
  const authority = testAuthority();
  const { cert, key } = authority.issue(['127.0.0.1']);
  write('tokens.yaml', TOKENS);
  const gateway = await start({
    auth: { tokensFile: 'tokens.yaml' },
    tls: {
      certFile: write('gateway.crt', cert),
      keyFile: write('gateway.key', key),
      clientCaFile: write('clients.crt', authority.cert),
      minVersion: '1.2',
    },
  });
  const path = join(gateway.dataFolder, 'gateway.json');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const announced = JSON.parse(readFileSync(path, 'utf8')) as {
    url: string;
    local: { url: string; token: string };
  };
  expect(announced.url).toBe(gateway.url);
  const { url, token } = announced.local;
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  const status = async (path: string, headers = {}): Promise<number> =>
    (await ask(`${url}${path}`, { headers })).status;
  expect([await status('/api/summary', bearer(token)), await status('/metrics', bearer(token))]).toEqual([
    200, 200,
  ]);
  expect([await status('/api/summary'), await status('/api/summary', bearer(ADMIN))]).toEqual([401, 401]);
  const body = encodeProtobuf(modelCallRequest());
  const headers = { ...bearer(token), 'content-type': 'application/x-protobuf' };
  expect((await ask(`${url}/v1/traces`, { method: 'POST', headers, body })).status).toBe(403);
  expect(gateway.log.join('\n')).not.toContain(token);
  await stop.pop()!();
  expect(existsSync(path)).toBe(false);
  await expect(status('/healthz')).rejects.toThrow();
});

test('a gateway that anybody may ask announces no token', async () => {
  const gateway = await start({});
  const announced: unknown = JSON.parse(readFileSync(join(gateway.dataFolder, 'gateway.json'), 'utf8'));
  expect(announced).toEqual({ url: gateway.url, pid: process.pid });
});

const authority = testAuthority();
const pair = authority.issue(['127.0.0.1']);
const other = authority.issue(['127.0.0.1']);

test.each<[string, (put: typeof write) => Partial<GatewayConfig>, string]>([
  [
    'no tokens file',
    () => ({ auth: { tokensFile: 'none.yaml' } }),
    'gateway.auth.tokens_file: FOLDER/none.yaml does not exist; relative paths start at',
  ],
  [
    'a folder for a file',
    () => ({ auth: { tokensFile: '.' } }),
    'gateway.auth.tokens_file: FOLDER is a folder',
  ],
  [
    'broken tokens',
    (put) => ({ auth: { tokensFile: put('t', '- { name: a, token: secretsecret }') } }),
    'FOLDER/t:1:14: [0].token: must have 16',
  ],
  [
    'a key for a certificate',
    (put) => ({ tls: { certFile: put('c', pair.key), keyFile: put('k', pair.key), minVersion: '1.2' } }),
    'gateway.tls.cert_file: FOLDER/c has no certificate',
  ],
  [
    'a certificate for a key',
    (put) => ({ tls: { certFile: put('c', pair.cert), keyFile: put('k', pair.cert), minVersion: '1.2' } }),
    'gateway.tls.key_file: FOLDER/k is not a private key',
  ],
  [
    'the key of another',
    (put) => ({ tls: { certFile: put('c', pair.cert), keyFile: put('k', other.key), minVersion: '1.2' } }),
    'gateway.tls.key_file: FOLDER/k is not the key of the first certificate in FOLDER/c',
  ],
  [
    'an empty client CA',
    (put) => ({
      tls: {
        certFile: put('c', pair.cert),
        keyFile: put('k', pair.key),
        clientCaFile: put('a', ''),
        minVersion: '1.2',
      },
    }),
    'gateway.tls.client_ca_file: FOLDER/a has no certificate',
  ],
  [
    'broken headers',
    (put) => ({
      forward: {
        endpoint: 'http://127.0.0.1:1',
        mode: 'required',
        headersFile: put('h', 'authorization: [secretsecret]'),
      },
    }),
    'FOLDER/h:1:1: authorization: must be a text',
  ],
  [
    'an empty CA of the target',
    (put) => ({
      forward: { endpoint: 'https://127.0.0.1:1', mode: 'required', tls: { caFile: put('a', 'x') } },
    }),
    'gateway.forward.tls.ca_file: FOLDER/a has no certificate',
  ],
])('%s is a reason not to start that says where and how to mend it', async (_what, gateway, message) => {
  const config = testConfig(join(folder, 'data'), { gateway: gateway(write) });
  const started = await startGateway(config, { configFolder: folder, env: {}, log: () => undefined });
  expect(started.ok).toBe(false);
  if (started.ok) return;
  expect(started.error.code).toBe('security_unusable');
  expect(started.error.message.replaceAll(folder, 'FOLDER')).toContain(message);
  expect(started.error.message).not.toMatch(/secretsecret|BEGIN PRIVATE KEY-----\n/);
});

test.each<[string, Partial<GatewayConfig>, RegExp | undefined]>([
  [
    'everything open to everybody',
    {},
    /ALERT: everybody who reaches 0\.0\.0\.0:0 may send spans and read costs/,
  ],
  [
    'tokens in clear text',
    { auth: { tokensFile: 'tokens.yaml' } },
    /ALERT: tokens are sent to 0\.0\.0\.0:0 in clear text/,
  ],
  ['a loopback address', { listen: { host: '127.0.0.1', port: 0 } }, undefined],
])('%s on an address that others reach is said loudly', async (_what, gateway, warning) => {
  write('tokens.yaml', TOKENS);
  const { log } = await start({ listen: { host: '0.0.0.0', port: 0 }, ...gateway });
  if (warning === undefined) expect(log.join('\n')).not.toContain('ALERT');
  else expect(log.join('\n')).toMatch(warning);
});

test('a certificate that soon expires is said loudly', async () => {
  const { cert, key } = authority.issue(['127.0.0.1'], new Date(Date.now() + 3 * 24 * 3_600_000));
  const { log } = await start({
    tls: { certFile: write('c', cert), keyFile: write('k', key), minVersion: '1.2' },
  });
  expect(log.join('\n')).toMatch(/ALERT: the certificate in gateway\.tls\.cert_file is valid until/);
});

test('tokens in the file are known by their hash alone', () => {
  const parsed = parseGatewayTokens(TOKENS, 'tokens.yaml');
  const tokens: readonly GatewayToken[] = parsed.ok ? parsed.tokens : [];
  expect(tokens).toHaveLength(4);
  expect(JSON.stringify(tokens)).not.toContain('0123456789abcdef');
});
