/** A metric that tells how busy a device is. */
export interface DeviceMetric {
  readonly name: string;
  /** What a fully busy device has. */
  readonly whole: number;
  /** A label by which one device has several series, of which the busiest counts. */
  readonly parts: string | undefined;
}

/**
 * The first that is there is read: profiling metrics tell how much of the time an engine was active, `GPU_UTIL` only
 * whether any kernel ran.
 *
 * @see https://github.com/NVIDIA/dcgm-exporter/blob/main/etc/default-counters.csv
 * @see https://opentelemetry.io/docs/specs/semconv/hardware/gpu/
 */
export const DEVICE_METRICS: readonly DeviceMetric[] = [
  { name: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE', whole: 1, parts: undefined },
  { name: 'hw_gpu_utilization_ratio', whole: 1, parts: 'hw_gpu_task' },
  { name: 'DCGM_FI_DEV_GPU_UTIL', whole: 100, parts: undefined },
];
