import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PoolPeriod } from '@costspan/allocation';
import type { GpuWindowRecord } from '@costspan/cost-model';
import {
  DATABASE_FILE,
  type GpuPoolMark,
  openDuckDbStore,
  type RecordStore,
  StoreQueryError,
} from '@costspan/store';
import { UsageError } from './exit-code.ts';
import { isoInstant } from './iso-instant.ts';
import { findRunningGateway } from './running-gateway.ts';

/** The books of GPU pools, whoever has them open. */
export interface GpuSource {
  /** The latest revision of each window of a pool that starts in a period, ascending. */
  windows(pool: string, period: PoolPeriod): Promise<readonly GpuWindowRecord[]>;
  marks(): Promise<readonly GpuPoolMark[]>;
  close(): Promise<void>;
}

const ANSWER_TIMEOUT_MILLIS = 60_000;

/** Opens the database, or asks the gateway that has it open, as `report` does. */
export async function openGpuSource(dataFolder: string): Promise<GpuSource> {
  if (!existsSync(join(dataFolder, DATABASE_FILE))) {
    throw new UsageError(
      `${dataFolder} has no records; start "costspan up" there and send it spans, or name another folder with --data`,
    );
  }
  const opened = await openDuckDbStore({ path: dataFolder });
  if (opened.ok) return storeSource(opened.store);
  const gateway = opened.error.code === 'locked' ? await findRunningGateway(dataFolder) : undefined;
  if (gateway === undefined) throw new UsageError(opened.error.message);
  return gatewaySource(gateway.url);
}

function storeSource(store: RecordStore): GpuSource {
  return {
    windows: async (pool, period) => {
      try {
        return await store.gpuWindows({ pool, ...period });
      } catch (error) {
        if (error instanceof StoreQueryError) throw new UsageError(error.message);
        throw error;
      }
    },
    marks: () => store.gpuMarks(),
    close: () => store.close(),
  };
}

function gatewaySource(url: string): GpuSource {
  const ask = async (query: Readonly<Record<string, string>>): Promise<GatewayBooks> => {
    const address = new URL('/api/gpu', url);
    address.search = new URLSearchParams(query).toString();
    const response = await fetch(address, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MILLIS) });
    if (!response.ok) {
      throw new UsageError(`the gateway at ${url} answered ${response.status}: ${await response.text()}`);
    }
    return (await response.json()) as GatewayBooks;
  };
  return {
    windows: async (pool, { fromUnixNano, untilUnixNano }) => {
      const { windows } = await ask({
        pool,
        from: isoInstant(fromUnixNano),
        until: isoInstant(untilUnixNano),
      });
      return windows;
    },
    marks: async () => {
      // An empty period: only the marks are asked for.
      const instant = new Date(0).toISOString();
      return (await ask({ from: instant, until: instant })).marks;
    },
    close: () => Promise.resolve(),
  };
}

/** What the gateway answers at `/api/gpu`. */
interface GatewayBooks {
  readonly windows: readonly GpuWindowRecord[];
  readonly marks: readonly GpuPoolMark[];
}
