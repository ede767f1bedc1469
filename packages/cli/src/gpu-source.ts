import type { PoolPeriod } from '@costspan/allocation';
import type { GpuWindowRecord } from '@costspan/cost-model';
import { type GpuPoolMark, type RecordStore, StoreQueryError } from '@costspan/store';
import { askGateway, openDataFolder } from './data-folder.ts';
import { UsageError } from './exit-code.ts';
import { isoInstant } from './iso-instant.ts';
import type { RunningGateway } from './running-gateway.ts';

/** The books of GPU pools, whoever has them open. */
export interface GpuSource {
  /** The latest revision of each window of a pool that starts in a period, ascending. */
  windows(pool: string, period: PoolPeriod): Promise<readonly GpuWindowRecord[]>;
  marks(): Promise<readonly GpuPoolMark[]>;
  close(): Promise<void>;
}

/** Opens the database, or asks the gateway that has it open, as `report` does. */
export function openGpuSource(dataFolder: string): Promise<GpuSource> {
  return openDataFolder(dataFolder, { ofStore: storeSource, ofGateway: gatewaySource });
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

function gatewaySource(gateway: RunningGateway): GpuSource {
  const ask = (query: Readonly<Record<string, string>>): Promise<GatewayBooks> =>
    askGateway(gateway, '/api/gpu', query);
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
