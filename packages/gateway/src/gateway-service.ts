import type { CostspanConfig } from '@costspan/config';
import type { PriceBooks } from '@costspan/price-books';
import type { RecordStore } from '@costspan/store';
import { openCallHistory } from './enrich-request.ts';
import { type ForwardObserver, ForwardQueue } from './forward/forward-queue.ts';
import { TraceForwarder } from './forward/trace-forwarder.ts';
import type { GatewayOptions } from './gateway.ts';
import type { GatewayLog } from './gateway-log.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { GpuPricing } from './gpu/gpu-pricing.ts';
import { GpuSettler } from './gpu/gpu-settler.ts';
import { InFlightLimit } from './in-flight-limit.ts';
import type { Readiness } from './readiness.ts';
import { type Forwarding, TraceReceiver } from './trace-receiver.ts';

/** What a {@link GatewayService} works with. */
export interface GatewayServiceParts {
  readonly config: CostspanConfig;
  readonly options: GatewayOptions;
  readonly books: PriceBooks;
  readonly store: RecordStore;
  readonly log: GatewayLog;
  readonly readiness: Readiness;
}

/** Client and server, application and gateway may report a call minutes apart; a span takes half a kilobyte. */
const CALL_WINDOW = { millis: 600_000, spansMax: 100_000 };
const REQUESTS_IN_FLIGHT_MAX = 256;
const BYTES_IN_FLIGHT_MIN = 128 * 1024 * 1024;
const BODIES_IN_FLIGHT_MIN = 4;
const FORWARD_TIMEOUT_MILLIS = 4000;
const FORWARD_GRACE_MILLIS = 5000;

/** Everything behind the HTTP routes, from an open store to its end. */
export class GatewayService {
  readonly receiver: TraceReceiver;
  readonly store: RecordStore;
  readonly metrics: GatewayMetrics;
  readonly #settler: GpuSettler;
  readonly #forwarding: Forwarding;
  readonly #log: GatewayLog;

  constructor({ config, options, books, store, log, readiness }: GatewayServiceParts) {
    const { attribution, thresholds, emit, pools, currency } = config;
    const { bodyBytesMax } = config.gateway;
    const nowUnixMillis = options.nowUnixMillis ?? Date.now;
    const metrics = new GatewayMetrics(config, books, options.env ?? process.env);
    const calls = openCallHistory(CALL_WINDOW);
    const settler = new GpuSettler({ pools, currency, nowUnixMillis, store, metrics, log, calls });
    const bytesMax =
      options.bytesInFlightMax ?? Math.max(BYTES_IN_FLIGHT_MIN, bodyBytesMax * BODIES_IN_FLIGHT_MIN);
    const requestsMax = options.requestsInFlightMax ?? REQUESTS_IN_FLIGHT_MAX;
    const inFlight = new InFlightLimit({ requestsMax, bytesMax });
    this.store = store;
    this.metrics = metrics;
    this.#log = log;
    this.#settler = settler;
    this.#forwarding = openForwarding(config, options, { metrics, log });
    this.receiver = new TraceReceiver({
      settings: {
        get priceBook() {
          return books.current;
        },
        attribution,
        thresholds,
        emit,
        pools,
      },
      calls,
      gpu: new GpuPricing(pools, () => settler.closedWindows),
      settler,
      nowUnixMillis,
      store,
      metrics,
      log,
      inFlight,
      bodyBytesMax,
      readiness,
      forwarding: this.#forwarding,
    });
    metrics.telemetry.observe({
      store: () => store.health,
      inFlight: () => inFlight.current,
      forwardQueueBytes: () => (this.#forwarding.mode === 'best_effort' ? this.#forwarding.queue.bytes : 0),
      isReady: () => readiness.state.ready,
    });
  }

  async start(): Promise<void> {
    await this.#settler.start();
  }

  /** Finishes what was accepted. */
  async stop(): Promise<void> {
    await this.#settler.stop();
    if (this.#forwarding.mode === 'best_effort') await this.#forwarding.queue.stop(FORWARD_GRACE_MILLIS);
    if (this.#forwarding.mode === 'required') this.#forwarding.forwarder.close();
    await this.metrics
      .shutdown()
      .catch(() => this.#log.warn('metrics', 'the last metrics could not be pushed'));
    await this.store.close();
  }
}

function openForwarding(
  config: CostspanConfig,
  options: GatewayOptions,
  { metrics, log }: { readonly metrics: GatewayMetrics; readonly log: GatewayLog },
): Forwarding {
  const { forward } = config.gateway;
  if (forward === undefined) return { mode: 'none' };
  const forwarder = new TraceForwarder(forward, options.forwardTimeoutMillis ?? FORWARD_TIMEOUT_MILLIS);
  if (forward.mode === 'required') return { mode: 'required', forwarder };
  const { telemetry } = metrics;
  const observer: ForwardObserver = {
    onForwarded(spanCount, seconds) {
      telemetry.forwarded(spanCount);
      telemetry.forwardSeconds(seconds);
    },
    onFailure(reason, detail) {
      telemetry.forwardFailures(reason);
      log.warn(`forward ${reason}`, `the forward target did not take a request: ${detail}`);
    },
    onDropped(spanCount, reason) {
      telemetry.dropped(spanCount, reason);
      log.warn(
        `forward dropped ${reason}`,
        `${spanCount} spans will not reach the forward target: ${reason}`,
      );
    },
  };
  return { mode: 'best_effort', queue: new ForwardQueue(forwarder, observer) };
}
