import { readFile } from 'node:fs/promises';
import { Glob, type GpuPool } from '@costspan/cost-model';
import { UsageError } from './exit-code.ts';
import { fetchText, TEXT_BYTES_MAX } from './fetch-text.ts';
import { DEVICE_METRICS, type DeviceMetric } from './gpu-device-metrics.ts';
import type { DeviceSource } from './gpu-device-reading.ts';
import { ExpositionError, type MetricSample, parseExposition } from './gpu-exposition.ts';
import { PrometheusServer } from './gpu-prometheus.ts';

/** Opens a file or page of metrics, or a Prometheus server. */
export async function openDeviceSource(source: string): Promise<DeviceSource> {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source) ?? [];
  if (scheme === undefined) return expositionSource(source, await readExpositionFile(source));
  if (!/^https?$/i.test(scheme)) {
    throw new UsageError(`--device ${source}: ${scheme} is not supported; name a file or an http:// address`);
  }
  if (!URL.canParse(source)) throw new UsageError(`--device ${source} is no address`);
  if (!/\/(?:metrics|federate)\/?$/.test(new URL(source).pathname)) return new PrometheusServer(source);
  return expositionSource(source, await fetchText(source, 'the page of metrics'));
}

function expositionSource(source: string, text: string): DeviceSource {
  const samples = readSamples(source, text);
  return {
    read: ({ pool }) => {
      const found = DEVICE_METRICS.map((metric) => ({
        metric: metric.name,
        utilization: meanUtilization(samples, metric, pool),
      })).find(({ utilization }) => utilization !== undefined);
      return Promise.resolve({
        source,
        metric: found?.metric,
        utilization: found?.utilization,
        over: 'instant',
        serverRequests: undefined,
      });
    },
  };
}

async function readExpositionFile(file: string): Promise<string> {
  try {
    const content = await readFile(file);
    if (content.length <= TEXT_BYTES_MAX) return content.toString('utf8');
  } catch (error) {
    throw new UsageError(`cannot read --device ${file}: ${(error as Error).message}`);
  }
  throw new UsageError(`--device ${file} has more than ${TEXT_BYTES_MAX} bytes`);
}

function readSamples(source: string, text: string): MetricSample[] {
  try {
    return parseExposition(text, new Set(DEVICE_METRICS.map(({ name }) => name)));
  } catch (error) {
    if (!(error instanceof ExpositionError)) throw error;
    throw new UsageError(
      `--device ${source} is no Prometheus text exposition, ${error.message}; name the metrics page of dcgm-exporter ` +
        'or of OpenTelemetry, or the address of a Prometheus server',
    );
  }
}

function meanUtilization(
  samples: readonly MetricSample[],
  { name, whole, parts }: DeviceMetric,
  pool: GpuPool,
): number | undefined {
  const busiest = new Map<string, number>();
  const fits = labelMatcher(pool.devices);
  for (const sample of samples) {
    if (sample.name !== name || !Number.isFinite(sample.value) || !fits(sample.labels)) continue;
    const rest = [...sample.labels].filter(([label]) => label !== parts).map((pair) => JSON.stringify(pair));
    const device = rest.sort((a, b) => (a < b ? -1 : 1)).join();
    busiest.set(device, Math.max(busiest.get(device) ?? 0, sample.value / whole));
  }
  if (busiest.size === 0) return undefined;
  const total = [...busiest.values()].reduce((sum, value) => sum + value, 0);
  return Math.min(total / busiest.size, 1);
}

/** Every label of the pool must have a value that one of its patterns fits. */
function labelMatcher(
  patterns: Readonly<Record<string, readonly string[]>>,
): (labels: ReadonlyMap<string, string>) => boolean {
  const globs = Object.entries(patterns).map(([label, texts]) => ({
    label,
    globs: texts.map((text) => new Glob(text)),
  }));
  return (labels) =>
    globs.every(({ label, globs: some }) => {
      const value = labels.get(label);
      return value !== undefined && some.some((glob) => glob.fits(value));
    });
}
