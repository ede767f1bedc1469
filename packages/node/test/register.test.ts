/** The register hook in real processes: the real `openai` SDK, a loopback provider and a loopback OTLP receiver. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface ExportedSpan {
  name: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Record<string, unknown>;
}

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
let provider: Server;
let collector: Server;
let exported: string[] = [];
const children = new Set<ChildProcess>();

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  provider = createServer((request, response) => {
    if (request.url?.startsWith('/broken') === true) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const chunk = {
        id: 'c',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'gpt-5-mini',
        choices: [{ index: 0, delta: { content: 'x' } }],
      };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      setTimeout(() => response.destroy(), 50);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'gpt-5-mini-2025-08-07',
        choices: [
          { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'CANARY answer' } },
        ],
        usage: {
          prompt_tokens: 1200,
          completion_tokens: 350,
          total_tokens: 1550,
          prompt_tokens_details: { cached_tokens: 1024 },
          completion_tokens_details: { reasoning_tokens: 128 },
        },
      }),
    );
  }).listen(0, '127.0.0.1');
  collector = createServer((request, response) => {
    void body(request).then((text) => {
      if (request.url === '/v1/traces') exported.push(text);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await Promise.all([once(provider, 'listening'), once(collector, 'listening')]);
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  provider.close();
  collector.close();
});

function start(service: string, env: Record<string, string> = {}): ChildProcess {
  exported = [];
  const child = spawn(
    process.execPath,
    ['--conditions=@costspan/source', '--import', '@costspan/node/register', `test/services/${service}`],
    {
      cwd: packageFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        PROVIDER_URL: urlOf(provider),
        OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(collector),
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
        OTEL_NODE_RESOURCE_DETECTORS: 'env',
        ...env,
      },
    },
  );
  children.add(child);
  return child;
}

async function finished(
  child: ChildProcess,
): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, stderr };
}

function spans(): ExportedSpan[] {
  return exported.flatMap((text) =>
    JSON.parse(text).resourceSpans.flatMap((resource: any) =>
      resource.scopeSpans.flatMap((scope: any) =>
        scope.spans.map((span: any) => ({
          ...span,
          attributes: Object.fromEntries(
            span.attributes.map((each: any) => [each.key, Object.values(each.value)[0]]),
          ),
        })),
      ),
    ),
  );
}

test.each(['ask.mjs', 'ask.cjs'])(
  '%s: the call is priced, its request summed, its content left alone',
  async (service) => {
    const { code, stderr } = await finished(start(service));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const call = spans().find((span) => span.name === 'chat gpt-5-mini');
    const entry = spans().find((span) => span.spanId === call?.attributes['costspan.entry_span_id']);
    expect(call?.attributes).toMatchObject({
      'costspan.cost.status': 'priced',
      'costspan.cost.total_pico': 769_600_000,
      'costspan.price_book.entry': 'openai/gpt-5-mini',
      'costspan.usage.source': 'wire',
    });
    expect(entry?.attributes).toMatchObject({
      'costspan.request.cost_pico': 769_600_000,
      'costspan.request.calls': 1,
    });
    expect(spans().filter((span) => span.attributes['costspan.cost.status'] !== undefined)).toHaveLength(1);
    expect(call?.parentSpanId).toBe(entry?.spanId);
    expect(exported.join()).not.toContain('CANARY');
  },
);

test.each(['chat', 'responses'])('a broken %s stream reaches the service, and nothing else', async (api) => {
  const child = start('broken-stream.mjs', { API: api, PROVIDER_URL: `${urlOf(provider)}/broken` });
  let stdout = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const { code, stderr } = await finished(child);
  expect({ code, stderr, stdout }).toEqual({ code: 0, stderr: '', stdout: 'handled\n' });
  expect(spans().map((span) => span.attributes['costspan.cost.reason'])).toContain('stream_ended_early');
});

test('a call whose span another instrumentation never ends is not lost when the process ends', async () => {
  const { code, stderr } = await finished(start('span-left-open.mjs'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const priced = spans().filter((span) => span.attributes['costspan.cost.status'] === 'priced');
  expect(priced.map((span) => span.name)).toEqual(['chat gpt-5-mini']);
});

test.each([
  ['the environment', { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'costspan' }, ''],
  ['the configuration', {}, 'wire: { enabled: false }\n'],
])('%s switches off what reads the wire', async (_, env, yaml) => {
  const file = join(mkdtempSync(join(tmpdir(), 'costspan-')), 'costspan.yaml');
  writeFileSync(file, `version: 1\n${yaml}`);
  const { code, stderr } = await finished(start('ask.mjs', { ...env, COSTSPAN_CONFIG: file }));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(spans().length).toBeGreaterThan(0);
  expect(spans().some((span) => span.attributes['costspan.usage.source'] !== undefined)).toBe(false);
});

test('a service that does not handle SIGTERM still dies of it, after its spans are out', async () => {
  const child = start('ask.mjs', { WAIT_FOR_SIGNAL: '1' });
  const end = finished(child);
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  child.kill('SIGTERM');
  expect(await end).toMatchObject({ signal: 'SIGTERM' });
  expect(spans().some((span) => span.attributes['costspan.cost.status'] === 'priced')).toBe(true);
});

test('an unreachable collector does not hold up the end of the process', async () => {
  const env = { WAIT_FOR_SIGNAL: '1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
  const child = start('ask.mjs', env);
  const end = finished(child);
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  child.kill('SIGINT');
  child.kill('SIGINT');
  expect(await end).toMatchObject({ signal: 'SIGINT' });
});

test('a broken costspan.yaml is reported with its place, and the service runs', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'costspan-')), 'costspan.yaml');
  writeFileSync(file, 'version: 1\nthreshold: []\n');
  const { code, stderr } = await finished(start('ask.mjs', { COSTSPAN_CONFIG: file }));
  expect(code).toBe(0);
  expect(stderr).toContain(file);
  expect(stderr).toContain('thresholds');
  expect(spans().some((span) => span.attributes['costspan.cost.status'] === 'priced')).toBe(true);
});
