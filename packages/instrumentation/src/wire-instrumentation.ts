import { context, type Counter } from '@opentelemetry/api';
import { InstrumentationBase, type InstrumentationConfig } from '@opentelemetry/instrumentation';
import { CallReporter } from './call-reporter.ts';
import type { CallTap, TapFailure, TappedRequest } from './call-tap.ts';
import { matchRequest } from './match-request.ts';
import { PendingCalls } from './pending-calls.ts';
import { RelayedAnswers } from './relayed-answers.ts';
import { type CallSink, TappedCall } from './tapped-call.ts';
import { listenToTransports } from './transports/listen-to-transports.ts';
import type { WireCall } from './wire-call.ts';
import type { WireEndpoint } from './wire-endpoint.ts';

/** Options of {@link WireInstrumentation}. */
export interface WireInstrumentationConfig extends InstrumentationConfig {
  /** What is behind private addresses. */
  readonly endpoints?: readonly WireEndpoint[];
}

const NAME = '@costspan/instrumentation';
const VERSION = '0.1.0';
const UNDER_WAY_MAX = 10_000;
const NO_LONGER_HEARD: Error = Object.assign(new Error('no longer listened to'), { name: 'AbortError' });

/**
 * Reads what model calls used off the provider's HTTP response, whatever SDK made them.
 *
 * It listens to the diagnostics channels of `undici` (and so of `fetch`), `node:http` and `node:http2`, and changes
 * nothing of the request, the response or the application's streams. The usage goes on the span that another
 * instrumentation has open for the call, and otherwise on a client span of its own.
 *
 * It does not throw into the application: a failure ends the listening to that call, and is counted in
 * {@link failures} and in the metric `costspan.wire.failures`.
 *
 * @example
 * new NodeSDK({ instrumentations: [new WireInstrumentation()], spanProcessors: [new CostSpanProcessor(), …] });
 */
export class WireInstrumentation extends InstrumentationBase<WireInstrumentationConfig> {
  readonly #reporter = new CallReporter(() => this.tracer);
  readonly #pending = new PendingCalls();
  readonly #relayed = new RelayedAnswers();
  readonly #failures = new Map<TapFailure, number>();
  readonly #sink: CallSink = {
    update: (call) => {
      if (!this.#relayed.isRelayed(call)) this.#reporter.update(call);
    },
    finish: (call) => {
      this.#finish(call);
    },
    failed: (failure) => {
      this.#failed(failure);
    },
    over: (tap) => {
      this.#underWay.delete(tap);
    },
  };
  /** Calls that have not ended; beyond the maximum one is listened to all the same. */
  readonly #underWay = new Set<TappedCall>();
  // Declared only: the base class assigns it before the fields of this one exist.
  declare private _failureCounter: Counter | undefined;
  #stopListening: (() => void) | undefined;

  constructor(config: WireInstrumentationConfig = {}) {
    // The base class would enable before the fields of this one exist.
    super(NAME, VERSION, { ...config, enabled: false });
    this._config.enabled = config.enabled ?? true;
    if (this._config.enabled) this.enable();
  }

  /** How often the listening to a call failed, by reason. */
  get failures(): ReadonlyMap<TapFailure, number> {
    return this.#failures;
  }

  override enable(): void {
    super.enable();
    this.#stopListening ??= listenToTransports(
      (request) => this.#startTap(request),
      (failure) => {
        this.#failed(failure);
      },
    );
  }

  /** Calls that are under way are reported as far as they have come. */
  override disable(): void {
    super.disable();
    this.#stopListening?.();
    this.#stopListening = undefined;
    for (const tap of this.#underWay) tap.fail(NO_LONGER_HEARD);
    this.#reporter.flush();
  }

  /** No module is patched. */
  protected override init(): void {}

  protected override _updateMetricInstruments(): void {
    this._failureCounter = this.meter.createCounter('costspan.wire.failures', {
      unit: '{failure}',
      description: 'Model calls that could not be listened to, by reason.',
    });
  }

  #startTap(request: TappedRequest): CallTap | undefined {
    const matched = matchRequest(request, this.getConfig().endpoints ?? []);
    if (matched === undefined) return undefined;
    const tap = new TappedCall(matched, context.active(), this.#sink);
    if (this.#underWay.size < UNDER_WAY_MAX) this.#underWay.add(tap);
    return tap;
  }

  #finish(call: WireCall): void {
    if (this.#relayed.isRelayed(call)) return;
    const { isPending, responseId } = call.answer;
    if (isPending === true && responseId !== undefined) {
      if (!call.isRetrieval) this.#pending.add(responseId);
    } else if (!call.isRetrieval) this.#reporter.finish(call);
    else if (responseId !== undefined && this.#pending.take(responseId)) this.#reporter.finish(call);
  }

  #failed(failure: TapFailure): void {
    this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
    this._failureCounter?.add(1, { reason: failure });
  }
}
