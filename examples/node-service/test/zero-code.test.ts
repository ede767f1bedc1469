import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  clientEnvironment,
  type ProviderEmulator,
  startProviderEmulator,
} from '@costspan-examples/provider-emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** The parts of an OTLP/JSON span that are looked at. */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

const SERVICE_FOLDER = fileURLToPath(new URL('..', import.meta.url));
const START_TIMEOUT_MILLIS = 60_000;

let emulator: ProviderEmulator;
let sink: Server;
let service: ChildProcess;
let serviceUrl: string;
const spans: OtlpSpan[] = [];

beforeAll(async () => {
  emulator = await startProviderEmulator({ faults: false });
  sink = await startSink();
  service = spawn(
    process.execPath,
    ['--conditions=@costspan/source', '--import', '@costspan/node/register', 'src/main.ts'],
    {
      cwd: SERVICE_FOLDER,
      env: {
        ...process.env,
        PORT: '0',
        ...clientEnvironment(emulator.url),
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(sink.address() as AddressInfo).port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_NODE_RESOURCE_DETECTORS: 'env',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(createInterface(service.stdout!), 'line')) as [string];
  serviceUrl = /http:\S+/.exec(line)![0];
}, START_TIMEOUT_MILLIS);

afterAll(async () => {
  service?.kill('SIGKILL');
  sink?.close();
  sink?.closeAllConnections();
  await emulator?.close();
});

/** Keeps the spans that are exported to it. */
async function startSink(): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(body) as {
        resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
      };
      for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
      response.end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function attribute(span: OtlpSpan | undefined, key: string): unknown {
  const value = span?.attributes.find((each) => each.key === key)?.value;
  return value === undefined ? undefined : Object.values(value)[0];
}

function childrenOf(parent: OtlpSpan): OtlpSpan[] {
  return spans.filter((span) => span.parentSpanId === parent.spanId);
}

test('the service runs unchanged under @costspan/node/register and ends by itself with all spans sent', async () => {
  const response = await fetch(`${serviceUrl}/assistant`, {
    method: 'POST',
    headers: { 'x-tenant': 'acme' },
    body: JSON.stringify({ question: 'How many orders are open?' }),
  });
  expect(response.status).toBe(200);
  service.kill('SIGTERM');
  expect(await once(service, 'exit')).toEqual([0, null]);

  const entry = spans.find((span) => span.parentSpanId === undefined);
  const calls = spans.filter((span) => attribute(span, 'gen_ai.operation.name') === 'chat');
  const tool = spans.find((span) => attribute(span, 'gen_ai.operation.name') === 'execute_tool');
  expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
  expect(emulator.ledger().every((call) => call.traceId === entry?.traceId)).toBe(true);
  expect(calls).toHaveLength(emulator.ledger().length);
  expect(childrenOf(tool!).map((span) => attribute(span, 'db.system.name'))).toEqual(['sqlite']);

  for (const call of calls) {
    expect(attribute(call, 'costspan.cost.status')).toBe('priced');
    expect(attribute(call, 'costspan.cost.total')).toBeGreaterThan(0);
    expect(attribute(call, 'costspan.tenant')).toBe('acme');
    expect(attribute(call, 'costspan.feature')).toBe('assistant');
  }
  expect(attribute(entry, 'http.route')).toBe('/assistant');
  expect(Number(attribute(entry, 'costspan.request.calls'))).toBe(calls.length);
});
