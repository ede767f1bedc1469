import type { GpuPoolReport } from '@costspan/allocation';
import { UsageError } from './exit-code.ts';
import { fetchText } from './fetch-text.ts';
import { DEVICE_METRICS } from './gpu-device-metrics.ts';
import type { DeviceReading, DeviceSource } from './gpu-device-reading.ts';

/**
 * Counters of requests that model servers served, of which a pool's servers write one.
 *
 * @see https://docs.vllm.ai/en/latest/design/metrics.html
 * @see https://docs.sglang.ai/references/production_metrics.html
 * @see https://huggingface.co/docs/text-generation-inference/reference/metrics
 * @see https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/metrics.html
 */
const REQUEST_COUNTERS = [
  'vllm:request_success_total',
  'sglang:num_requests_total',
  'tgi_request_success',
  'nv_inference_request_success',
];

const NANOS_PER_SECOND = 1_000_000_000n;

/** Asks a Prometheus server how busy devices were over the period of the books, and how many requests servers counted. */
export class PrometheusServer implements DeviceSource {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  async read({ pool, covered }: GpuPoolReport): Promise<DeviceReading> {
    const nothing = { source: this.#address, over: 'period' as const };
    if (covered === undefined) {
      return { ...nothing, metric: undefined, utilization: undefined, serverRequests: undefined };
    }
    const seconds = (covered.untilUnixNano - covered.fromUnixNano) / NANOS_PER_SECOND;
    const at = String(covered.untilUnixNano / NANOS_PER_SECOND);
    const devices = labelSelector(pool.devices);
    let metric: string | undefined;
    let utilization: number | undefined;
    for (const { name, whole, parts } of DEVICE_METRICS) {
      const each = `avg_over_time(${name}${devices}[${seconds}s])`;
      const value = await this.#ask(
        parts === undefined ? `avg(${each})` : `avg(max without (${parts}) (${each}))`,
        at,
      );
      if (value === undefined) continue;
      metric = name;
      utilization = Math.min(Math.max(value / whole, 0), 1);
      break;
    }
    const servers = labelSelector(pool.servers);
    const increases = REQUEST_COUNTERS.map((name) => `sum(increase(${name}${servers}[${seconds}s]))`);
    const counted = await Promise.all(increases.map((query) => this.#ask(query, at)));
    const present = counted.filter((count) => count !== undefined);
    return {
      ...nothing,
      metric,
      utilization,
      serverRequests: present.length === 0 ? undefined : present.reduce((sum, count) => sum + count, 0),
    };
  }

  /** The one value of an instant query; `undefined` where there is none. */
  async #ask(query: string, time: string): Promise<number | undefined> {
    const address = new URL(
      'api/v1/query',
      this.#address.endsWith('/') ? this.#address : `${this.#address}/`,
    );
    address.search = new URLSearchParams({ query, time }).toString();
    const value = valueOf(await fetchText(address, 'Prometheus'));
    if (value === undefined) {
      throw new UsageError(
        `--device ${this.#address} does not answer as Prometheus does; name the address of a Prometheus server, or a ` +
          'page of metrics with its path, such as http://localhost:9400/metrics',
      );
    }
    return Number.isFinite(value) ? value : undefined;
  }
}

/** `NaN` for an answer without a value, `undefined` for what is no answer of Prometheus. */
function valueOf(text: string): number | undefined {
  try {
    const answer = JSON.parse(text) as {
      readonly data?: {
        readonly resultType?: unknown;
        readonly result?: readonly { readonly value?: unknown }[];
      };
    };
    if (answer.data?.resultType !== 'vector' || !Array.isArray(answer.data.result)) return undefined;
    const [first] = answer.data.result;
    if (first === undefined) return Number.NaN;
    const value: unknown = Array.isArray(first.value) ? first.value[1] : undefined;
    return typeof value === 'string' ? Number(value) : undefined;
  } catch {
    return undefined;
  }
}

/** A label's patterns as a selector: `{Hostname=~"node-.*|gpu7"}`; Prometheus anchors them itself. */
function labelSelector(patterns: Readonly<Record<string, readonly string[]>>): string {
  const matchers = Object.entries(patterns).map(([label, texts]) => {
    const expression = texts.map((text) => text.split('*').map(escapeExpression).join('.*')).join('|');
    return `${label}=~${JSON.stringify(expression)}`;
  });
  return matchers.length === 0 ? '' : `{${matchers.join(',')}}`;
}

function escapeExpression(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
