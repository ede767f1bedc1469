import { planRequest, type TenantShare } from './traffic-plan.ts';

export const DEMO_CONCURRENCY = 8;
const REQUEST_TIMEOUT_MILLIS = 20_000;
const FAILURE_REASONS_MAX = 20;

export interface TrafficOptions {
  readonly serviceUrl: string;
  readonly requests: number;
  readonly seed: number;
  readonly tenants: readonly TenantShare[];
  /** Requests in flight at any time. */
  readonly concurrency: number;
  /** Ends the run early: nothing more is sent or reported. */
  readonly signal?: AbortSignal;
  onProgress?(finished: number, failed: number): void;
}

export interface TrafficResult {
  readonly ok: number;
  readonly failed: number;
  /** What went wrong, in words; at most {@link FAILURE_REASONS_MAX}. */
  readonly failureReasons: readonly string[];
}

/** Sends the planned requests, so many at a time, and reads every answer to its end. */
export async function driveTraffic(options: TrafficOptions): Promise<TrafficResult> {
  const failureReasons: string[] = [];
  let next = 0;
  let ok = 0;
  let failed = 0;
  const isEnded = (): boolean => options.signal?.aborted ?? false;
  const work = async (): Promise<void> => {
    while (next < options.requests && !isEnded()) {
      const failure = await sendPlanned(options, next++);
      if (isEnded()) return;
      if (failure === undefined) ok += 1;
      else {
        failed += 1;
        if (failureReasons.length < FAILURE_REASONS_MAX) failureReasons.push(failure);
      }
      options.onProgress?.(ok + failed, failed);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, work));
  return { ok, failed, failureReasons };
}

/** @returns what went wrong, or `undefined`. */
async function sendPlanned(options: TrafficOptions, index: number): Promise<string | undefined> {
  const { path, tenant, body } = planRequest(options.seed, index, options.tenants);
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MILLIS);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const response = await fetch(`${options.serviceUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tenant': tenant },
      body: JSON.stringify(body),
      signal,
    });
    const text = await response.text();
    return response.ok ? undefined : `POST ${path}: ${response.status} ${text.slice(0, 200)}`;
  } catch (error) {
    return `POST ${path}: ${(error as Error).message}`;
  }
}
