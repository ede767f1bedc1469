import { setTimeout as delay } from 'node:timers/promises';
import { createLedgerRequest, type Ledger, type LedgerRequest } from './ledger.ts';

const CALLS_PER_REQUEST = 9;
const SPANS_PER_REQUEST = CALLS_PER_REQUEST + 1;
const TIMEOUT_MILLIS = 5000;
const RETRY_MILLIS = 100;
const CONTENT_TYPE = { 'content-type': 'application/json' };

export interface LoadOptions {
  /** The base address of the OTLP/HTTP receiver. */
  readonly url: string;
  /** Gets each request when it is acknowledged. */
  readonly ledger: Ledger;
  readonly spansPerSecond: number;
  readonly connections: number;
}

/** A running load. */
export interface Load {
  /** Attempts that were not acknowledged: refused, cut off or without an answer in time. */
  readonly failedAttempts: number;
  /** Begins no more requests, and resolves when the last one is acknowledged. */
  finish(): Promise<void>;
}

/** Sends new requests at a steady rate until {@link Load.finish}; what is not acknowledged is sent again as it is. */
export function startLoad({ url, ledger, spansPerSecond, connections }: LoadOptions): Load {
  let finishing = false;
  let failedAttempts = 0;
  const pauseMillis = (1000 * SPANS_PER_REQUEST * connections) / spansPerSecond;
  const deliver = async (request: LedgerRequest): Promise<void> => {
    while (!(await isAcknowledged(url, request.body))) {
      failedAttempts += 1;
      await delay(RETRY_MILLIS);
    }
    ledger.enter(request);
  };
  const send = async (): Promise<void> => {
    while (!finishing) {
      const pause = delay(pauseMillis * (0.5 + Math.random()));
      await deliver(createLedgerRequest(CALLS_PER_REQUEST));
      await pause;
    }
  };
  const senders = Array.from({ length: connections }, send);
  return {
    get failedAttempts() {
      return failedAttempts;
    },
    async finish() {
      finishing = true;
      await Promise.all(senders);
    },
  };
}

/** Whether the receiver answered 200 in time. */
export async function isAcknowledged(url: string, body: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MILLIS);
    const response = await fetch(`${url}/v1/traces`, { method: 'POST', headers: CONTENT_TYPE, body, signal });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}
