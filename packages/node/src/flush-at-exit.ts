import { diag } from '@opentelemetry/api';
import type { RunningCostspan } from './start-costspan.ts';

/** How often spans are exported between a stop signal and the process's end. */
const FLUSH_INTERVAL_MILLIS = 250;

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Gets the last spans out of the process without changing how the process ends.
 *
 * A service that handles the signal itself goes on working while it drains, so spans are exported repeatedly
 * until it ends. One that does not would have died of the signal: it still does, right after the export.
 */
export function flushAtExit(running: RunningCostspan): void {
  for (const signal of STOP_SIGNALS) {
    const onSignal = (): void => {
      const serviceHandlesIt = process.listenerCount(signal) > 1;
      if (serviceHandlesIt) {
        void running.flush();
        setInterval(() => void running.flush(), FLUSH_INTERVAL_MILLIS).unref();
        return;
      }
      void stop(running).then(() => {
        process.removeListener(signal, onSignal);
        process.kill(process.pid, signal);
      });
    };
    process.on(signal, onSignal);
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
