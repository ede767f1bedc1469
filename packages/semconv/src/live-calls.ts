/**
 * A model call whose request is on the wire. The object itself stands for the call: it is the same one each time, and
 * nobody has to be told that it can be forgotten.
 */
export interface LiveCall {
  /** As `gen_ai.operation.name`. */
  readonly operationName: string;
  /** By the host, the configuration, or else the API that is called. */
  readonly provider: string;
  readonly serverAddress: string;
  readonly serverPort: number | undefined;
  /** Known as soon as the part of the request's body has been sent that names it. */
  readonly requestModel: string | undefined;
  /** The caller's span as the request was made, where there is one. */
  readonly callerSpan: object | undefined;
  /** When the request was made, by `performance.now()`. */
  readonly startMillis: number;
}

/** Follows calls while they run. */
export interface LiveCallListener {
  /** A request was made; called again when more of it is known, such as its model. */
  running(call: LiveCall): void;
  /** Its exchange is over, however it ended. The span that tells of it, if there is one, ends later. */
  ended(call: LiveCall): void;
}

const LISTENERS_KEY = Symbol.for('costspan.live_call_listeners.v1');

/**
 * In the context that a span is started in, the {@link LiveCall} that the span tells of: it was written when the call was
 * over, and its own start says nothing of when the call began.
 */
export const LIVE_CALL_CONTEXT_KEY: symbol = Symbol.for('costspan.live_call.v1');

/**
 * Who follows the calls of this process. Shared through globalThis, so that two copies of this package still work
 * together, and whoever listens to the wire need not know who wants to hear of it.
 */
export function liveCallListeners(): Set<LiveCallListener> {
  const holder = globalThis as { [LISTENERS_KEY]?: Set<LiveCallListener> };
  holder[LISTENERS_KEY] ??= new Set();
  return holder[LISTENERS_KEY];
}

/** Tells every listener; what one of them throws reaches neither the others nor the application. */
export function announceLiveCall(event: keyof LiveCallListener, call: LiveCall): void {
  for (const listener of liveCallListeners()) {
    try {
      listener[event](call);
    } catch {
      // A listener counts its own failures.
    }
  }
}
