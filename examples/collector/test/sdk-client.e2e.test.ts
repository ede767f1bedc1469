import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, onTestFinished, test } from 'vitest';
import { runGateway } from '../src/run-gateway.ts';
import { startTraceSink } from '../src/trace-sink.ts';
import { temporaryFolder } from './temporary-folder.ts';

const CALLS = 300;
/** 1,200 tokens of gpt-5-mini at 0.25 USD and 350 at 2.00 USD per million: 0.0003 + 0.0007. */
const CALL_COST = '0.001000000000';

test('an SDK that sends straight to the gateway loses and doubles nothing when it is killed and the backend refuses', async () => {
  const sink = await startTraceSink();
  onTestFinished(sink.close);
  const gateway = await runGateway({ folder: temporaryFolder(), forwardUrl: sink.url });
  onTestFinished(gateway.stop);
  await gateway.ready();
  sink.plan = () => (sink.requestCount % 3 === 0 ? { do: 'refuse', status: 503 } : { do: 'accept' });
  const exporter = new OTLPTraceExporter({ url: `${gateway.url}/v1/traces`, timeoutMillis: 30_000 });
  const processor = new BatchSpanProcessor({ exporter, maxExportBatchSize: 20, scheduledDelayMillis: 50 });
  const provider = new TracerProvider({ spanProcessors: [processor] });
  const tracer = provider.getTracer('shop');
  for (let call = 0; call < CALLS; call++) {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5-mini',
      'gen_ai.usage.input_tokens': 1200,
      'gen_ai.usage.output_tokens': 350,
    };
    tracer.startSpan('chat gpt-5-mini', { attributes }).end();
  }
  const flushed = provider.forceFlush();
  await expect.poll(() => sink.spans.size).toBeGreaterThan(0);
  await gateway.kill();
  gateway.start();
  await gateway.ready();
  await flushed;
  await provider.shutdown();

  expect(sink.spans.size).toBe(CALLS);
  const records = await gateway.records();
  expect(new Set(records.map((record) => record.spanId)).size).toBe(CALLS);
  expect(records).toHaveLength(CALLS);
  expect(new Set(records.map((record) => record.cost?.total))).toEqual(new Set([CALL_COST]));
});
