import type { CostspanConfig } from '@costspan/config';
import type { PriceBooks } from '@costspan/price-books';
import type { RecordStore } from '@costspan/store';
import { restoreCalls } from './call-memory/restore-calls.ts';
import { CallWindows } from './call-windows.ts';
import { type ForwardObserver, ForwardQueue } from './forward/forward-queue.ts';
import { TraceForwarder } from './forward/trace-forwarder.ts';
import type { GatewayOptions } from './gateway.ts';
import type { GatewayLog } from './gateway-log.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { GpuPricing } from './gpu/gpu-pricing.ts';
import { GpuSettler } from './gpu/gpu-settler.ts';
import { InFlightLimit } from './in-flight-limit.ts';
import type { Readiness } from './readiness.ts';
import { RecordIntake } from './replicas/record-intake.ts';
import type { GatewaySecurity } from './security/gateway-security.ts';
import { type Forwarding, TraceReceiver } from './trace-receiver.ts';

/** What a {@link GatewayService} works with. */
export interface GatewayServiceParts {
  readonly config: CostspanConfig;
  readonly options: GatewayOptions;
  readonly books: PriceBooks;
  readonly store: RecordStore;
  readonly log: GatewayLog;
  readonly readiness: Readiness;
  readonly security: GatewaySecurity;
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
  readonly intake: RecordIntake;
  readonly store: RecordStore;
  readonly metrics: GatewayMetrics;
  readonly #settler: GpuSettler;
  readonly #forwarding: Forwarding;
  readonly #log: GatewayLog;
  readonly #remembered: {
    readonly calls: CallWindows;
    readonly gpu: GpuPricing;
    readonly books: PriceBooks;
    readonly log: GatewayLog;
  };

  constructor({ config, options, books, store, log, readiness, security }: GatewayServiceParts) {
    const { attribution, thresholds, emit, pools, currency } = config;
    const { bodyBytesMax } = config.gateway;
    const nowUnixMillis = options.nowUnixMillis ?? Date.now;
    const metrics = new GatewayMetrics(config, books, options.env ?? process.env);
    const calls = new CallWindows(CALL_WINDOW);
    // Pools are settled where the books are.
    const settled = config.store.kind === 'duckdb' ? pools : [];
    const settler = new GpuSettler({ pools: settled, currency, nowUnixMillis, store, metrics, log, calls });
    const bytesMax =
      options.bytesInFlightMax ?? Math.max(BYTES_IN_FLIGHT_MIN, bodyBytesMax * BODIES_IN_FLIGHT_MIN);
    const requestsMax = options.requestsInFlightMax ?? REQUESTS_IN_FLIGHT_MAX;
    const gpu = new GpuPricing(pools, () => settler.closedWindows);
    this.#remembered = { calls, gpu, books, log };
    const inFlight = new InFlightLimit({ requestsMax, bytesMax });
    this.store = store;
    this.metrics = metrics;
    this.#log = log;
    this.#settler = settler;
    this.intake = new RecordIntake({ store, inFlight, bodyBytesMax, log });
    this.#forwarding = openForwarding(config, options, { metrics, log, security });
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
      gpu,
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

  /** Remembers what the process before knew, and begins to settle GPU pools. */
  async start(): Promise<void> {
    await this.#settler.start();
    const { calls, gpu, books, log } = this.#remembered;
    const nowUnixMillis = Date.now();
    const restored = await restoreCalls(
      this.store.recentContexts(nowUnixMillis - CALL_WINDOW.millis),
      { calls, gpu, priceBook: books.current },
      { window: CALL_WINDOW, nowMillis: performance.now(), nowUnixMillis },
    );
    if (restored.requests > 0)
      log.info(`remembers ${restored.spans} spans of the last ${CALL_WINDOW.millis / 60_000} minutes`);
    if (restored.unreadable > 0)
      log.warn('call memory', `${restored.unreadable} requests of the process before cannot be remembered`);
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
  {
    metrics,
    log,
    security,
  }: { readonly metrics: GatewayMetrics; readonly log: GatewayLog; readonly security: GatewaySecurity },
): Forwarding {
  const { forward } = config.gateway;
  if (forward === undefined) return { mode: 'none' };
  const forwarder = new TraceForwarder(
    forward,
    options.forwardTimeoutMillis ?? FORWARD_TIMEOUT_MILLIS,
    () => security.forwardCredentials,
  );
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
