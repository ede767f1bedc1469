import type { GpuPoolReport } from '@costspan/allocation';

/** What devices and model servers say of themselves; shown beside the books, and never used to allocate. */
export interface DeviceReading {
  readonly source: string;
  /** The metric that was read. */
  readonly metric: string | undefined;
  /** How busy the pool's devices were, on average, from 0 to 1. */
  readonly utilization: number | undefined;
  /** Over the period of the books, or only at this moment. */
  readonly over: 'period' | 'instant';
  /** Requests that the model servers counted over the period. */
  readonly serverRequests: number | undefined;
}

export interface DeviceSource {
  read(report: GpuPoolReport): Promise<DeviceReading>;
}
