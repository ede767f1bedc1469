import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type BooksComparison, compareBooks } from './compare-books.ts';
import { Ledger } from './ledger.ts';
import { type Load, startLoad } from './load-sender.ts';
import { type RunningCollector, runCollector } from './run-collector.ts';
import { type GatewayOptions, runGateway, type RunningGateway } from './run-gateway.ts';
import { startTraceSink, type TraceSink } from './trace-sink.ts';

/** Load → Collector with its queue on disk → `costspan up` → backend, and the sender's ledger. */
export interface Pipeline {
  readonly sink: TraceSink;
  readonly gateway: RunningGateway;
  readonly collector: RunningCollector;
  readonly ledger: Ledger;
  /** Sends to the Collector at this rate and enters in the ledger what it acknowledges. */
  startLoad(spansPerSecond: number): Load;
  /** Waits until all spans of the ledger are in the backend and all its calls recorded, or nothing has come for a while. */
  drain(): Promise<void>;
  compare(): Promise<BooksComparison>;
  stop(): Promise<void>;
}

export interface PipelineOptions extends Pick<GatewayOptions, 'mode' | 'bodyBytesMax'> {
  /** A temporary folder of the caller. */
  readonly folder: string;
}

/** Short backoffs, so that a run of a minute has many deliveries in it. */
const QUICK_RETRIES = {
  exporters: {
    'otlp_http/costspan': {
      sending_queue: { num_consumers: 16 },
      retry_on_failure: { initial_interval: '100ms', max_interval: '500ms' },
    },
  },
};
const CONNECTIONS = 4;
const POLL_MILLIS = 250;
const QUIET_MILLIS_MAX = 20_000;

export async function startPipeline({ folder, ...options }: PipelineOptions): Promise<Pipeline> {
  const sink = await startTraceSink();
  const gateway = await runGateway({ ...options, folder: join(folder, 'gateway'), forwardUrl: sink.url });
  const collector = await runCollector({
    folder: join(folder, 'collector'),
    gatewayUrl: gateway.url,
    changes: QUICK_RETRIES,
  });
  await gateway.ready();
  const ledger = new Ledger();
  const isComplete = async (): Promise<boolean> =>
    sink.spans.size >= ledger.spanKeys.size && (await gateway.recordCount()) >= ledger.calls.size;
  return {
    sink,
    gateway,
    collector,
    ledger,
    startLoad: (spansPerSecond) =>
      startLoad({ url: collector.url, ledger, spansPerSecond, connections: CONNECTIONS }),
    async drain() {
      let seen = -1;
      let deadline = 0;
      while (!(await isComplete()) && (seen !== sink.spans.size || Date.now() < deadline)) {
        if (seen !== sink.spans.size) deadline = Date.now() + QUIET_MILLIS_MAX;
        seen = sink.spans.size;
        await delay(POLL_MILLIS);
      }
    },
    compare: async () => compareBooks(ledger, await gateway.records(), sink.spans),
    async stop() {
      await collector.stop();
      await gateway.stop();
      await sink.close();
    },
  };
}
