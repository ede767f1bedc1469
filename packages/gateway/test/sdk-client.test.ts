import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { context, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { startTestGateway, startTestTarget, temporaryFolder } from './test-gateway.ts';

/** A service's spans through the SDK's own batching and exporter. */
async function exportSpans(exporter: SpanExporter, calls: number): Promise<void> {
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('shop');
  for (let index = 0; index < calls; index++) {
    const request = tracer.startSpan('POST /ask', { kind: 1, attributes: { 'http.route': '/ask' } });
    const call = tracer.startSpan(
      'chat gpt-5-mini',
      {
        attributes: {
          'gen_ai.operation.name': 'chat',
          'gen_ai.provider.name': 'openai',
          'gen_ai.request.model': 'gpt-5-mini',
          'gen_ai.usage.input_tokens': 1200,
          'gen_ai.usage.output_tokens': 350,
        },
      },
      trace.setSpan(context.active(), request),
    );
    call.end();
    request.end();
  }
  await provider.forceFlush();
  await provider.shutdown();
}

const url = (base: string): string => `${base}/v1/traces`;

test.each<[string, (base: string) => SpanExporter]>([
  ['protobuf', (base) => new ProtobufExporter({ url: url(base) })],
  ['protobuf with gzip', (base) => new ProtobufExporter({ url: url(base), compression: 'gzip' as never })],
  ['JSON', (base) => new JsonExporter({ url: url(base) })],
])('the SDK exports over %s', async (_name, createExporter) => {
  const gateway = await startTestGateway();
  await exportSpans(createExporter(gateway.url), 20);
  const records = await gateway.records();
  expect(records).toHaveLength(20);
  expect(new Set(records.map((record) => record.cost?.total))).toEqual(new Set(['0.001000000000']));
  expect(records.every((record) => record.entrySpanId !== null && record.route === '/ask')).toBe(true);
  await gateway.stop();
});

test('the SDK sends again what was answered 503, and each call is counted once', async () => {
  const target = await startTestTarget();
  const gateway = await startTestGateway({
    gateway: { forward: { endpoint: target.endpoint, mode: 'required' } },
  });
  target.answers.push({ status: 503 }, { status: 503 });
  await exportSpans(new ProtobufExporter({ url: url(gateway.url) }), 5);
  expect(target.accepted).toHaveLength(1);
  expect(await gateway.records()).toHaveLength(5);
  expect(await gateway.metric('costspan_calls_total')).toBe(5);
  expect(await gateway.metric('costspan_gateway_requests_total', 'code="503"')).toBe(2);
  await gateway.stop();
  await target.close();
});

test('the SDK sends its token in a header, and what it sends belongs to the tenant of the token', async () => {
  const configFolder = temporaryFolder();
  writeFileSync(
    join(configFolder, 'tokens.yaml'),
    `- { name: acme, token: acme-0123456789abcdef, tenant: acme }
- { name: reader, token: reader-0123456789abcdef, scopes: [query] }
`,
  );
  const gateway = await startTestGateway(
    { gateway: { auth: { tokensFile: 'tokens.yaml' } } },
    { configFolder },
  );
  const records = async (): Promise<{ tenant: string | null }[]> => {
    const headers = { authorization: 'Bearer reader-0123456789abcdef' };
    const response = await fetch(`${gateway.url}/api/records?limit=100`, { headers });
    return ((await response.json()) as { records: { tenant: string | null }[] }).records;
  };
  const exporter = (token: string): SpanExporter =>
    new ProtobufExporter({ url: url(gateway.url), headers: { Authorization: `Bearer ${token}` } });
  await expect(exportSpans(exporter('nobody-0123456789abcdef'), 3)).rejects.toMatchObject([{ code: 401 }]);
  expect(await records()).toEqual([]);
  await exportSpans(exporter('acme-0123456789abcdef'), 3);
  expect((await records()).map(({ tenant }) => tenant)).toEqual(['acme', 'acme', 'acme']);
  await gateway.stop();
});
