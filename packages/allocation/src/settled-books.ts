import type { GpuPool } from '@costspan/cost-model';
import type { RequestCharges } from './charge-requests.ts';
import type { GpuWindow } from './gpu-window.ts';
import type { PoolLanes } from './pool-lanes.ts';
import type { RequestColumns } from './request-columns.ts';
import type { RequestAmounts, UnsampledAmounts } from './sampled-requests.ts';
import type { SpreadOverhead } from './spread-overhead.ts';

/** All that a window's settlement came to. */
export interface SettledBooks {
  readonly pool: GpuPool;
  readonly window: GpuWindow;
  readonly costPico: number;
  readonly overheadPico: number;
  /** Whether slack is charged to nobody. */
  readonly keepsSlack: boolean;
  readonly columns: RequestColumns;
  readonly lanes: PoolLanes;
  readonly charges: RequestCharges;
  readonly overhead: SpreadOverhead;
  /** Of one request each. */
  readonly amounts: RequestAmounts;
  readonly unsampled: UnsampledAmounts;
}
