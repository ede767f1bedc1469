import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { encodeJson, encodeProtobuf } from '../otlp-messages.ts';
import { modelCallRequest, startTestGateway } from '../test-gateway.ts';
import type { FuzzTarget } from './fuzz.ts';

/** Every so many inputs a healthy client must be served. */
const HEALTHY_EVERY = 200;
const ANSWER_BYTES_MAX = 1024 * 1024;
const PATIENCE_MILLIS = 2000;

/**
 * Mutated bytes of whole HTTP requests to a running gateway: each is answered, with no status of 500, or the connection
 * ends; and others are served.
 */
export async function httpTarget(): Promise<FuzzTarget> {
  const gateway = await startTestGateway({}, { requestTimeoutMillis: PATIENCE_MILLIS });
  const port = Number(new URL(gateway.url).port);
  let runs = 0;
  return {
    seeds: seedRequests(),
    async run(bytes) {
      runs += 1;
      if (runs % HEALTHY_EVERY === 0) {
        const { status } = await gateway.send(encodeProtobuf(modelCallRequest()));
        if (status !== 200) throw new Error(`a healthy client was answered ${status}`);
      }
      const answers = await exchange(port, bytes);
      const statuses: readonly string[] = answers.match(/HTTP\/1\.1 \d{3}/g) ?? [];
      if (statuses.includes('HTTP/1.1 500')) throw new Error('500 tells a client not to try again');
      return statuses.join(' ').slice(0, 100);
    },
    close: () => gateway.stop(),
  };
}

function seedRequests(): Buffer[] {
  const http = (line: string, headers: readonly string[], body: Uint8Array = Buffer.alloc(0)): Buffer =>
    Buffer.concat([Buffer.from(`${[line, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`), body]);
  const post = (body: Uint8Array, ...headers: string[]): Buffer =>
    http('POST /v1/traces HTTP/1.1', [...headers, `Content-Length: ${body.length}`], body);
  const chunked = (body: Uint8Array): Uint8Array =>
    Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
  const protobuf = encodeProtobuf(modelCallRequest());
  const json = encodeJson(modelCallRequest());
  const [protobufType, jsonType] = ['Content-Type: application/x-protobuf', 'Content-Type: application/json'];
  return [
    post(protobuf, protobufType),
    post(json, jsonType),
    post(gzipSync(protobuf), protobufType, 'Content-Encoding: gzip'),
    http('POST /v1/traces HTTP/1.1', [protobufType, 'Transfer-Encoding: chunked'], chunked(protobuf)),
    http(
      'POST /v1/traces HTTP/1.1',
      [jsonType, 'Expect: 100-continue', `Content-Length: ${json.length}`],
      json,
    ),
    Buffer.concat([post(protobuf, protobufType), post(json, jsonType)]),
    ...['/healthz', '/readyz', '/metrics', '/v1/traces', '/api/summary', '/api/records?limit=1'].map((path) =>
      http(`GET ${path} HTTP/1.1`, []),
    ),
  ];
}

/** Sends the bytes, ends, and returns all that comes back until the other side ends too. */
function exchange(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answers = '';
    const tooLong = setTimeout(() => {
      socket.destroy();
      reject(new Error('neither answered nor closed'));
    }, PATIENCE_MILLIS * 4);
    socket.on('data', (chunk) => {
      if (answers.length < ANSWER_BYTES_MAX) answers += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(tooLong);
      resolve(answers);
    });
    socket.end(bytes);
  });
}
