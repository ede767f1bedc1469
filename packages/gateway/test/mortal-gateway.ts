import { type CostRecord, DEFAULT_ATTRIBUTION_KEYS, type GpuPool } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import { CallCorrections } from '../src/call-corrections.ts';
import { type KeptContext, restoreCalls, type RestoreResult } from '../src/call-memory/restore-calls.ts';
import {
  type EnrichedCall,
  type Enrichment,
  type EnrichmentSettings,
  enrichOtlp,
  openCallHistory,
} from '../src/enrich-request.ts';
import type { GatewayCalls } from '../src/gateway-call.ts';
import { type ClosedWindows, GpuPricing } from '../src/gpu/gpu-pricing.ts';
import { unixNano } from './gpu-spans.ts';
import { encodeProtobuf, type TraceRequestJson } from './otlp-messages.ts';

const priceBook = builtinPriceBook();
const WINDOW = { millis: 600_000, spansMax: 100_000 };

/** A request that arrives, and what becomes of it. */
export interface Step {
  readonly request: TraceRequestJson;
  /** Its write is refused: nothing of it is in the store, and its sender keeps it. */
  readonly fails?: boolean;
  /** The process is killed after it. */
  readonly killed?: boolean;
}

/** A gateway that is killed now and then, with a store of arrays. */
export class MortalGateway {
  readonly records = new Map<string, CostRecord>();
  readonly contexts: KeptContext[] = [];
  readonly corrected = new Set<string>();
  calls: GatewayCalls = openCallHistory(WINDOW);
  nowMillis = 1_000_000;
  stepMillis = 10;
  closedWindows: ClosedWindows = new Map();
  readonly #settings: EnrichmentSettings;
  #gpu: GpuPricing;
  #corrections = new CallCorrections();

  constructor(pools: readonly GpuPool[] = []) {
    this.#settings = { priceBook, attribution: DEFAULT_ATTRIBUTION_KEYS, thresholds: [], emit: [], pools };
    this.#gpu = this.#openGpu();
  }

  #openGpu(): GpuPricing {
    return new GpuPricing(this.#settings.pools ?? [], () => this.closedWindows);
  }

  get nowUnixMillis(): number {
    return Number(unixNano(0) / 1_000_000n) + this.nowMillis;
  }

  receive(request: TraceRequestJson, fails = false): Enrichment {
    this.nowMillis += this.stepMillis;
    const { calls, nowMillis, nowUnixMillis } = this;
    const history = { calls, gpu: this.#gpu, nowMillis, nowUnixMillis };
    const result = enrichOtlp(encodeProtobuf(request), 'protobuf', this.#settings, history);
    if (!result.ok) throw new Error(result.error.message);
    const { enrichment } = result;
    const corrections = this.#corrections.take(enrichment.corrections);
    if (fails) this.#corrections.giveBack(corrections);
    else this.#commit(enrichment, corrections);
    return enrichment;
  }

  #commit(enrichment: Enrichment, corrections: readonly EnrichedCall[]): void {
    for (const { record, kept } of enrichment.calls) {
      kept.isRecorded = true;
      const key = keyOf(record);
      if (!this.records.has(key)) this.records.set(key, record);
    }
    for (const { record } of corrections) {
      if (!this.records.has(keyOf(record))) continue;
      this.records.set(keyOf(record), record);
      this.corrected.add(keyOf(record));
    }
    const context = enrichment.context();
    if (context !== undefined) this.contexts.push({ atUnixMillis: this.nowUnixMillis, context });
  }

  /** The next process has clocks of its own. */
  async restart(window = WINDOW): Promise<RestoreResult> {
    this.calls = openCallHistory(window);
    this.#gpu = this.#openGpu();
    this.#corrections = new CallCorrections();
    const { nowMillis, nowUnixMillis } = this;
    const memory = { calls: { of: () => this.calls }, gpu: this.#gpu, priceBook };
    return restoreCalls(this.contexts, memory, { window, nowMillis, nowUnixMillis });
  }

  async run(steps: readonly Step[], isMortal: boolean): Promise<this> {
    for (const { request, fails, killed } of steps) {
      this.receive(request, fails);
      if (isMortal && killed === true) await this.restart();
    }
    for (const { request, fails } of steps) if (fails === true) this.receive(request);
    return this;
  }
}

function keyOf({ traceId, spanId }: CostRecord): string {
  return `${traceId} ${spanId}`;
}

/** The records by their ids. */
export function sorted(records: ReadonlyMap<string, CostRecord>): CostRecord[] {
  return [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record);
}
