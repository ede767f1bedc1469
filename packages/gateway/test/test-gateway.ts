import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type CostspanConfig, defaultConfig } from '@costspan/config';
import type { CostRecord } from '@costspan/cost-model';
import { type GatewayOptions, startGateway } from '../src/gateway.ts';
import type { TraceRequestJson } from './otlp-messages.ts';

/** A real gateway on a free port with a store in a temporary folder. */
export interface TestGateway {
  readonly url: string;
  readonly dataFolder: string;
  /** Every line that it logged. */
  readonly log: readonly string[];
  send(body: Uint8Array | string, headers?: Record<string, string>): Promise<Response>;
  records(): Promise<CostRecord[]>;
  /** The value of a metric's series, 0 where it has none. Labels are matched as text. */
  metric(name: string, ...labels: string[]): Promise<number>;
  stop(): Promise<void>;
}

type ConfigChanges = {
  readonly [key in keyof CostspanConfig]?: Partial<CostspanConfig[key]>;
};

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'costspan-gateway-'));
}

export function testConfig(dataFolder: string, changes: ConfigChanges = {}): CostspanConfig {
  const defaults = defaultConfig();
  if (!defaults.ok) throw new Error('the default configuration must be valid');
  const { config } = defaults;
  return {
    ...config,
    ...(changes as Partial<CostspanConfig>),
    gateway: { ...config.gateway, listen: { host: '127.0.0.1', port: 0 }, ...changes.gateway },
    store: { kind: 'duckdb', path: dataFolder, ...changes.store },
  };
}

export async function startTestGateway(
  changes: ConfigChanges = {},
  options: GatewayOptions & { readonly dataFolder?: string } = {},
): Promise<TestGateway> {
  const dataFolder = options.dataFolder ?? temporaryFolder();
  const log: string[] = [];
  const started = await startGateway(testConfig(dataFolder, changes), {
    env: {},
    log: (line) => log.push(line),
    ...options,
  });
  if (!started.ok) throw new Error(started.error.message);
  const { url } = started.gateway;
  const get = async (path: string): Promise<Response> => fetch(`${url}${path}`);
  return {
    url,
    dataFolder,
    log,
    send: async (body, headers = {}) =>
      fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf', ...headers },
        body: body as Uint8Array<ArrayBuffer> | string,
      }),
    records: async () => {
      const response = await get('/api/records?limit=10000');
      return ((await response.json()) as { records: CostRecord[] }).records;
    },
    async metric(name, ...labels) {
      // Counters are first published with 0, so that their growth can be seen; a second look shows it.
      await (await get('/metrics')).text();
      const text = await (await get('/metrics')).text();
      return text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .filter((line) => labels.every((label) => line.includes(label)))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    async stop() {
      await started.gateway.stop();
      if (options.dataFolder === undefined) rmSync(dataFolder, { recursive: true });
    },
  };
}

interface TargetAnswer {
  readonly status: number;
  readonly body?: Uint8Array;
}

/** A forward target that keeps what it accepts. */
export interface TestTarget {
  readonly endpoint: string;
  readonly accepted: { readonly contentType: string; readonly body: Buffer }[];
  /** The next answers, one each; without any it answers 200. */
  readonly answers: TargetAnswer[];
  /** While set, every answer waits for it. */
  gate: Promise<void> | undefined;
  /** Resolves when a request has arrived. */
  arrival(): Promise<void>;
  close(): Promise<void>;
}

export async function startTestTarget(port = 0): Promise<TestTarget> {
  const arrivals: (() => void)[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    for (const arrived of arrivals.splice(0)) arrived();
    await target.gate;
    const { status, body: answerBody } = target.answers.shift() ?? { status: 200 };
    const contentType = request.headers['content-type'] ?? '';
    if (status === 200) target.accepted.push({ contentType, body });
    response.writeHead(status, { 'content-type': contentType }).end(answerBody);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const target: TestTarget = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted: [],
    answers: [],
    gate: undefined,
    arrival: () => new Promise((resolve) => arrivals.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return target;
}

let requestCount = 0;

/** A request of one trace: a server span with model calls below it, each of them $0.000769600000. */
export function modelCallRequest(calls = 1, changes: Record<string, unknown> = {}): TraceRequestJson {
  requestCount += 1;
  const traceId = `a${requestCount.toString(16).padStart(31, '0')}`;
  const id = (index: number): string => `b${index.toString(16).padStart(15, '0')}`;
  const time = { startTimeUnixNano: '1795217778368000000', endTimeUnixNano: '1795217778401409584' };
  const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const int = (key: string, value: number) => ({ key, value: { intValue: String(value) } });
  return {
    resourceSpans: [
      {
        resource: {
          attributes: [text('service.name', 'shop'), text('deployment.environment.name', 'test')],
        },
        scopeSpans: [
          {
            scope: { name: 'app' },
            spans: [
              {
                traceId,
                spanId: id(0),
                name: 'POST /ask',
                kind: 2,
                ...time,
                attributes: [text('http.route', '/ask'), text('costspan.tenant', 'acme')],
              },
              ...Array.from({ length: calls }, (_each, index) => ({
                traceId,
                spanId: id(index + 1),
                parentSpanId: id(0),
                name: 'chat gpt-5-mini',
                kind: 3,
                ...time,
                attributes: [
                  text('gen_ai.operation.name', 'chat'),
                  text('gen_ai.provider.name', 'openai'),
                  text('gen_ai.request.model', 'gpt-5-mini'),
                  int('gen_ai.usage.input_tokens', 1200),
                  int('gen_ai.usage.cache_read.input_tokens', 1024),
                  int('gen_ai.usage.output_tokens', 350),
                  int('gen_ai.usage.reasoning.output_tokens', 128),
                ],
                ...changes,
              })),
            ],
          },
        ],
      },
    ],
  };
}
