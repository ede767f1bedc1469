import type { BatchingEngine } from './batching-engine.ts';

/**
 * The engine's metrics in Prometheus' text format, by vLLM's names, and what DCGM would say of its GPU: the part of the
 * time since the last question in which it computed.
 */
export class EngineMetrics {
  readonly #engine: BatchingEngine;
  readonly #labels: string;
  readonly #gpuLabels: string;
  #lastBusyNanos = 0n;
  #lastNanos: bigint = process.hrtime.bigint();

  constructor(engine: BatchingEngine, model: string, instance: string) {
    this.#engine = engine;
    this.#labels = `{model_name="${model}",instance="${instance}"}`;
    this.#gpuLabels = `{gpu="0",Hostname="${instance}"}`;
  }

  text(): string {
    const engine = this.#engine;
    return [
      '# TYPE vllm:num_requests_running gauge',
      `vllm:num_requests_running${this.#labels} ${engine.running}`,
      '# TYPE vllm:num_requests_waiting gauge',
      `vllm:num_requests_waiting${this.#labels} ${engine.waiting}`,
      '# TYPE vllm:request_success_total counter',
      `vllm:request_success_total${this.#labels} ${engine.ledger().served.length}`,
      '# TYPE DCGM_FI_PROF_GR_ENGINE_ACTIVE gauge',
      `DCGM_FI_PROF_GR_ENGINE_ACTIVE${this.#gpuLabels} ${this.#engineActive().toFixed(6)}`,
      '',
    ].join('\n');
  }

  #engineActive(): number {
    const nanos = process.hrtime.bigint();
    const busyNanos = this.#engine.busyNanos();
    const active = Number(busyNanos - this.#lastBusyNanos) / Number(nanos - this.#lastNanos || 1n);
    this.#lastNanos = nanos;
    this.#lastBusyNanos = busyNanos;
    return Math.min(1, active);
  }
}
