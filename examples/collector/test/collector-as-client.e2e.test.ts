import { afterEach, beforeAll, expect, test } from 'vitest';
import { collectorBinary } from '../src/collector-binary.ts';
import { EQUAL_BOOKS } from '../src/compare-books.ts';
import { createLedgerRequest } from '../src/ledger.ts';
import { isAcknowledged } from '../src/load-sender.ts';
import { type Pipeline, startPipeline } from '../src/pipeline.ts';
import { temporaryFolder } from './temporary-folder.ts';

const BUILD_MILLIS_MAX = 1_200_000;
const WAIT = { timeout: 30_000 };
const BODY_BYTES_MAX = 20_000;

beforeAll(async () => void (await collectorBinary()), BUILD_MILLIS_MAX);

let pipeline: Pipeline;
afterEach(() => pipeline.stop());

async function send(callCount: number): Promise<void> {
  const request = createLedgerRequest(callCount);
  expect(await isAcknowledged(pipeline.collector.url, request.body)).toBe(true);
  pipeline.ledger.enter(request);
}

/** What the gateway has answered with this status, and what the Collector has given up. */
const answers = (code: number): Promise<number> =>
  pipeline.gateway.metric('costspan_gateway_requests_total', `code="${code}"`);
const spansGivenUp = (): Promise<number> => pipeline.collector.metric('otelcol_exporter_send_failed_spans');

test('the Collector waits after 503, and gives up what is answered 400 and 413', async () => {
  pipeline = await startPipeline({ folder: temporaryFolder(), bodyBytesMax: BODY_BYTES_MAX });
  const { sink, collector } = pipeline;

  const arrivals: number[] = [];
  sink.plan = () => {
    arrivals.push(Date.now());
    return arrivals.length <= 2 ? { do: 'refuse', status: 503 } : { do: 'accept' };
  };
  await send(3);
  await expect.poll(() => sink.spans.size, WAIT).toBe(4);
  expect([await answers(503), await answers(200), await spansGivenUp()]).toEqual([2, 1, 0]);
  // Its own first backoff is at most 150 ms: the second between attempts is the gateway's Retry-After.
  expect(arrivals[1]! - arrivals[0]!).toBeGreaterThanOrEqual(990);

  sink.plan = () => ({ do: 'refuse', status: 400 });
  await send(3);
  await expect.poll(spansGivenUp, WAIT).toBe(4);
  expect([await answers(400), sink.requestCount]).toEqual([1, 4]);

  sink.plan = () => ({ do: 'accept' });
  const large = createLedgerRequest(200);
  expect(await isAcknowledged(collector.url, large.body)).toBe(true);
  await expect.poll(spansGivenUp, WAIT).toBe(4 + large.spanKeys.length);
  expect([await answers(413), sink.requestCount]).toEqual([1, 4]);

  await send(3);
  await expect.poll(() => sink.spans.size, WAIT).toBe(8);
  expect(await pipeline.compare()).toEqual({ ...EQUAL_BOOKS, spansNotForwarded: 4 });
});
