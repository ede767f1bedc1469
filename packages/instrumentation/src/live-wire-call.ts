import { announceLiveCall, type LiveCall, liveCallListeners } from '@costspan/semconv';
import { createContextKey, trace } from '@opentelemetry/api';
import { sdkSpanOf } from './open-inference-span.ts';
import { requestModelOf, type WireCall } from './wire-call.ts';

/** The key under which the SDKs note that nothing is to be traced; they give it this name in every version. */
const SUPPRESS_TRACING_KEY = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * Tells whoever follows the calls of this process that one runs: as soon as it is certain that a model is called, again
 * when its model is known, and when it is over.
 */
export class LiveWireCall implements LiveCall {
  readonly startMillis: number;
  readonly callerSpan: object | undefined;
  readonly #call: WireCall;
  #isAnnounced = false;
  #isOver = false;

  private constructor(call: WireCall, startMillis: number) {
    const span = trace.getSpan(call.context);
    this.#call = call;
    this.startMillis = startMillis;
    this.callerSpan = span === undefined ? undefined : (sdkSpanOf(span) ?? span);
  }

  /** `undefined` where nobody listens, and for what leaves no span or asks for an answer only. */
  static of(call: WireCall, startMillis: number): LiveWireCall | undefined {
    if (liveCallListeners().size === 0 || call.isRetrieval) return undefined;
    if (call.context.getValue(SUPPRESS_TRACING_KEY) === true) return undefined;
    return new LiveWireCall(call, startMillis);
  }

  get operationName(): string {
    const { format } = this.#call;
    return format.operationName ?? format.operation;
  }

  get provider(): string {
    return this.#call.request.provider;
  }

  get serverAddress(): string {
    return this.#call.request.serverAddress;
  }

  get serverPort(): number | undefined {
    return this.#call.request.serverPort;
  }

  get requestModel(): string | undefined {
    return requestModelOf(this.#call);
  }

  /** What is still sent of a request whose exchange is over makes no call of it. */
  running(): void {
    if (this.#isOver) return;
    this.#isAnnounced = true;
    announceLiveCall('running', this);
  }

  ended(): void {
    if (this.#isAnnounced && !this.#isOver) announceLiveCall('ended', this);
    this.#isOver = true;
  }
}
