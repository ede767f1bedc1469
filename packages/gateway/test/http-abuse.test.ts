import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeProtobuf } from './otlp-messages.ts';
import { modelCallRequest, startTestGateway, type TestGateway } from './test-gateway.ts';

const CANARY = 'kanarienvogel';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({}, { requestTimeoutMillis: 1500 });
});
afterAll(async () => {
  await gateway.stop();
});

/** Writes bytes to a connection of its own and gives all that comes back until the gateway closes it. */
async function talk(text: string | Buffer, end = true): Promise<string> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (piece: string) => (answer += piece));
  socket.write(text);
  if (end) socket.end();
  // Whatever is still on its way to a connection that was given up comes back as a reset.
  await new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
  return answer;
}

function statusesOf(answer: string): number[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)]
    .map(([, status]) => Number(status))
    .filter((status) => status !== 100);
}

const body = Buffer.from(encodeProtobuf(modelCallRequest()));
const TYPE = 'Content-Type: application/x-protobuf\r\n';
const head = (headers: string, method = 'POST', target = '/v1/traces', version = '1.1'): string =>
  `${method} ${target} HTTP/${version}\r\nHost: x\r\n${headers}\r\n`;
const many = (line: string, count: number): string => line.repeat(count);

test.each<[string, string | Buffer, readonly number[]]>([
  // What two readers could take for two different requests.
  ['both lengths', `${head(`${TYPE}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`)}0\r\n\r\n`, [400]],
  [
    'both lengths, the other way',
    `${head(`${TYPE}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`)}0\r\n\r\n`,
    [400],
  ],
  ['two lengths', `${head(`${TYPE}Content-Length: 5\r\nContent-Length: 6\r\n`)}aaaaaa`, [400]],
  ['a list of lengths', `${head(`${TYPE}Content-Length: 5, 5\r\n`)}aaaaa`, [400]],
  ['a signed length', `${head(`${TYPE}Content-Length: +5\r\n`)}aaaaa`, [400]],
  ['a negative length', `${head(`${TYPE}Content-Length: -5\r\n`)}aaaaa`, [400]],
  ['a hex length', `${head(`${TYPE}Content-Length: 0x5\r\n`)}aaaaa`, [400]],
  ['a blank before the colon', `${head(`${TYPE}Content-Length : 5\r\n`)}aaaaa`, [400]],
  ['a folded header', `${head(`${TYPE}Content-Length: 5\r\n X: ${CANARY}\r\n`)}aaaaa`, [400]],
  ['an unknown transfer coding', `${head(`${TYPE}Transfer-Encoding: x${CANARY}\r\n`)}aaaaa`, [400]],
  ['chunked that is not last', `${head(`${TYPE}Transfer-Encoding: chunked, identity\r\n`)}0\r\n\r\n`, [400]],
  [
    'a chunk of a size that is none',
    `${head(`${TYPE}Transfer-Encoding: chunked\r\n`)}zz\r\n${CANARY}`,
    [400],
  ],
  ['a chunk of 2^64 bytes', `${head(`${TYPE}Transfer-Encoding: chunked\r\n`)}10000000000000000\r\na`, [400]],
  ['a bare line feed in a header', `POST /v1/traces HTTP/1.1\nHost: x\nX: ${CANARY}\r\n\r\n`, [400]],
  ['a NUL in a header', head(`X: a\0${CANARY}\r\n`), [400]],
  // Too much.
  ['a length beyond all', head(`${TYPE}Content-Length: 99999999999999999999\r\n`), [400]],
  ['a length of a petabyte', head(`${TYPE}Content-Length: 1125899906842624\r\n`), [413, 408]],
  ['a header of 30 KB', head(`X: ${CANARY}${'x'.repeat(30_000)}\r\n`), [431]],
  ['5,000 headers', head(many('A: b\r\n', 5000)), [431]],
  ['a path of 30 KB', head('', 'GET', `/${'x'.repeat(30_000)}`), [431]],
  // Methods, versions and targets.
  ['HTTP/1.0', head('', 'GET', '/healthz', '1.0'), [200]],
  [
    'HTTP/1.0 with a body',
    Buffer.concat([
      Buffer.from(head(`${TYPE}Content-Length: ${body.length}\r\n`, 'POST', '/v1/traces', '1.0')),
      body,
    ]),
    [200],
  ],
  ['HTTP/0.9', 'GET /healthz\r\n', [408]],
  ['HTTP/2 without TLS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['HTTP/9.9', head('', 'GET', '/healthz', '9.9'), [400]],
  ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', [400]],
  ['HEAD', head('Connection: close\r\n', 'HEAD', '/healthz'), [200]],
  ['OPTIONS', head('Connection: close\r\n', 'OPTIONS'), [405]],
  ['OPTIONS *', head('Connection: close\r\n', 'OPTIONS', '*'), [404]],
  ['TRACE', head(`X: ${CANARY}\r\nConnection: close\r\n`, 'TRACE'), [405]],
  ['DELETE of records', head('Connection: close\r\n', 'DELETE', '/api/records'), [405]],
  ['CONNECT', head('', 'CONNECT', `${CANARY}:443`), []],
  ['an unknown method', head('', 'BREW'), [400]],
  ['an absolute target', head('Connection: close\r\n', 'GET', `http://${CANARY}/healthz`), [200]],
  ['a target that is no address', head('Connection: close\r\n', 'GET', `http://[${CANARY}/`), [404]],
  ['a path that climbs', head('Connection: close\r\n', 'GET', '/api/../../etc/passwd'), [404]],
  ['an upgrade', head('Upgrade: websocket\r\nConnection: Upgrade, close\r\n', 'GET', '/healthz'), [200]],
  ['a TLS handshake', Buffer.from('16030100f8010000f40303', 'hex'), [400]],
  ['garbage', Buffer.from(CANARY.repeat(100)), [400]],
  ['nothing at all', '', [408]],
  // Several requests at once.
  [
    '100 requests in one write',
    many(head('', 'GET', '/healthz'), 99) + head('Connection: close\r\n', 'GET', '/healthz'),
    Array.from({ length: 100 }, () => 200),
  ],
  [
    'a request behind a refused one',
    Buffer.concat([
      Buffer.from(head('Content-Type: text/plain\r\nContent-Length: 3\r\n')),
      Buffer.from('abc'),
      Buffer.from(head('Connection: close\r\n', 'GET', '/healthz')),
    ]),
    [415, 200],
  ],
  [
    'a request in the body of another',
    `${head(`${TYPE}Content-Length: 40\r\nConnection: close\r\n`)}${head('', 'GET', '/healthz')}`.padEnd(
      400,
      ' ',
    ),
    [400],
  ],
])('%s', async (_what, bytes, statuses) => {
  const answer = await talk(bytes, false);
  expect(statusesOf(answer)).toEqual(statuses);
  expect(answer).not.toContain(CANARY);
  expect(gateway.log.join('\n')).not.toContain(CANARY);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
});

test('a body that ends before its length is no request', async () => {
  const recordsBefore = (await gateway.records()).length;
  await talk(Buffer.concat([Buffer.from(head(`${TYPE}Content-Length: ${body.length + 1}\r\n`)), body]));
  expect(await gateway.records()).toHaveLength(recordsBefore);
});
