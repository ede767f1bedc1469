import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { collectorBinary } from '../src/collector-binary.ts';
import { EQUAL_BOOKS } from '../src/compare-books.ts';
import { type Pipeline, type PipelineOptions, startPipeline } from '../src/pipeline.ts';
import type { SinkAnswer } from '../src/trace-sink.ts';
import { temporaryFolder } from './temporary-folder.ts';

const BUILD_MILLIS_MAX = 1_200_000;
const SPANS_PER_SECOND = 300;
const PHASE_MILLIS = 4000;
const DRAIN_MILLIS_MAX = 60_000;
const PICO_USD = 1e12;
/** The gateway gives its target four seconds. */
const SLOW_MILLIS = 5000;

beforeAll(async () => void (await collectorBinary()), BUILD_MILLIS_MAX);

let pipeline: Pipeline;
async function start(options: Omit<PipelineOptions, 'folder'> = {}): Promise<void> {
  pipeline = await startPipeline({ ...options, folder: temporaryFolder() });
}
afterEach(() => pipeline.stop());

const share = (part: number, answer: SinkAnswer) => (): SinkAnswer =>
  Math.random() < part ? answer : { do: 'accept' };

test('a backend that is down, refuses 70 %, fails, cuts connections and acknowledges late loses and doubles nothing', async () => {
  await start();
  const { sink, gateway, collector, ledger } = pipeline;
  const load = pipeline.startLoad(SPANS_PER_SECOND);
  await delay(PHASE_MILLIS);
  await sink.shut();
  await delay(PHASE_MILLIS);
  await sink.open();
  for (const plan of [
    share(0.7, { do: 'refuse', status: 503 }),
    share(0.5, { do: 'refuse', status: 500 }),
    share(0.5, { do: 'reset' }),
    share(0.1, { do: 'accept', afterMillis: SLOW_MILLIS }),
  ]) {
    sink.plan = plan;
    await delay(PHASE_MILLIS);
  }
  await load.finish();
  sink.plan = () => ({ do: 'accept' });
  await pipeline.drain();

  expect(await pipeline.compare()).toEqual(EQUAL_BOOKS);
  for (const reason of ['unreachable', 'busy', 'misconfigured', 'timeout']) {
    const failures = await gateway.metric('costspan_gateway_forward_failures_total', `reason="${reason}"`);
    expect([reason, failures]).toEqual([reason, expect.toSatisfy((count) => count > 0)]);
  }
  // The backend had the spans that it acknowledged late, and gets them again; the books count them once.
  expect([...sink.spans.values()].some((span) => span.deliveries > 1)).toBe(true);
  expect(await gateway.metric('costspan_calls_total')).toBe(ledger.calls.size);
  expect(await gateway.metric('costspan_cost_USD_total')).toBeCloseTo(
    Number(ledger.totalPicoUsd) / PICO_USD,
    6,
  );
  expect(await collector.metric('otelcol_exporter_send_failed_spans')).toBe(0);
});

test('what the backend refuses for good is recorded, counted, and given up by the Collector at once', async () => {
  await start();
  const { sink, gateway, collector, ledger } = pipeline;
  const refusals = [400, 422];
  let refusedCount = 0;
  sink.plan = () => {
    const status = sink.requestCount % 3 === 0 ? refusals[refusedCount % refusals.length] : undefined;
    if (status === undefined) return { do: 'accept' };
    refusedCount += 1;
    return { do: 'refuse', status };
  };
  const load = pipeline.startLoad(SPANS_PER_SECOND);
  await delay(PHASE_MILLIS);
  await load.finish();
  const spansPerRequest = 10;
  await expect
    .poll(() => sink.spans.size + refusedCount * spansPerRequest, { timeout: DRAIN_MILLIS_MAX })
    .toBe(ledger.spanKeys.size);

  expect(refusedCount).toBeGreaterThan(refusals.length);
  const spansNotForwarded = refusedCount * spansPerRequest;
  expect(await pipeline.compare()).toEqual({ ...EQUAL_BOOKS, spansNotForwarded });
  expect(await gateway.metric('costspan_gateway_forward_failures_total', 'reason="refused"')).toBe(
    refusedCount,
  );
  expect(await gateway.metric('costspan_gateway_requests_total', 'code="400"')).toBe(refusedCount);
  expect(await collector.metric('otelcol_exporter_send_failed_spans')).toBe(spansNotForwarded);
});

test('spans that the backend rejects of a request are not sent again', async () => {
  await start();
  const { sink, collector, ledger } = pipeline;
  sink.plan = () => ({ do: 'reject_some', rejectedSpans: 3 });
  const load = pipeline.startLoad(SPANS_PER_SECOND);
  await delay(PHASE_MILLIS);
  await load.finish();
  await pipeline.drain();
  expect(await pipeline.compare()).toEqual(EQUAL_BOOKS);
  expect(sink.requestCount * 10).toBe(ledger.spanKeys.size);
  expect(await collector.log()).toContain('Partial success response');
});

test('with best_effort a backend that is down holds up neither the records nor the Collector', async () => {
  await start({ mode: 'best_effort' });
  const { sink, gateway, collector, ledger } = pipeline;
  await sink.shut();
  const load = pipeline.startLoad(SPANS_PER_SECOND);
  await delay(PHASE_MILLIS);
  await load.finish();
  const { size } = ledger.spanKeys;
  await expect
    .poll(() => collector.metric('otelcol_exporter_sent_spans'), { timeout: DRAIN_MILLIS_MAX })
    .toBe(size);
  expect(await pipeline.compare()).toEqual({ ...EQUAL_BOOKS, spansNotForwarded: size });
  expect(await gateway.metric('costspan_gateway_requests_total', 'code="503"')).toBe(0);
  // The gateway keeps them in memory for a while.
  await sink.open();
  await pipeline.drain();
  expect(await pipeline.compare()).toEqual(EQUAL_BOOKS);
  expect(await gateway.metric('costspan_gateway_spans_dropped_total')).toBe(0);
});
