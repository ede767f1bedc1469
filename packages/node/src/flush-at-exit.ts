import { diag } from '@opentelemetry/api';
import type { RunningCostspan } from './start-costspan.ts';

/** How often spans are exported between a stop signal and the process's end. */
const FLUSH_INTERVAL_MILLIS = 250;
/** Longest delay of the end by a last export: an unreachable collector must not hold a Ctrl-C. */
const LAST_EXPORT_MILLIS_MAX = 2000;

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Gets the last spans out of the process without changing how the process ends.
 *
 * 1. Our listener takes itself off first, so that others that look at the listeners, or a second signal, find
 *    the process as it would be without us.
 * 2. A service that handles the signal itself goes on working while it drains, so spans are exported repeatedly
 *    until it ends.
 * 3. One that does not would have died of the signal: it still does, right after the export.
 */
export function flushAtExit(running: RunningCostspan): void {
  for (const signal of STOP_SIGNALS) {
    process.once(signal, () => {
      if (process.listenerCount(signal) > 0) {
        void running.flush();
        setInterval(() => void running.flush(), FLUSH_INTERVAL_MILLIS).unref();
        return;
      }
      const timeout = new Promise((resolve) => setTimeout(resolve, LAST_EXPORT_MILLIS_MAX));
      void Promise.race([stop(running), timeout]).then(() => process.kill(process.pid, signal));
    });
  }
  process.once('beforeExit', () => void stop(running));
}

async function stop(running: RunningCostspan): Promise<void> {
  try {
    await running.shutdown();
  } catch (error) {
    diag.error('Costspan could not export the last spans', error);
  }
}
