import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { BooksComparison } from './compare-books.ts';
import { type Pipeline, startPipeline } from './pipeline.ts';
import type { TraceSink } from './trace-sink.ts';

export interface KillPlan {
  /** A temporary folder of the caller. */
  readonly folder: string;
  readonly gatewayKills: number;
  /** Spread evenly over the kills of the gateway. */
  readonly collectorKills: number;
  readonly spansPerSecond: number;
  readonly onProgress?: (line: string) => void;
}

export interface KillReport extends BooksComparison {
  readonly gatewayKills: number;
  /** Those of the kills that hit a gateway before it was ready. */
  readonly killsWhileStarting: number;
  readonly collectorKills: number;
  readonly spansAcknowledged: number;
  readonly callsAcknowledged: number;
  readonly totalPicoUsd: bigint;
  /** Attempts of the sender that were not acknowledged, all of them made again. */
  readonly failedAttempts: number;
  /** Deliveries to the backend of spans that it had already. */
  readonly repeatedDeliveries: number;
  /** The longest time from the start of a life of the gateway to `/readyz`. */
  readonly startMillisMax: number;
}

/** A life of the gateway, from its first deliveries. */
const LIFE_MILLIS_MAX = 1500;
/** One kill of this many comes while the gateway starts: it reads what the one before left behind. */
const STARTING_KILL_EVERY = 4;
const STARTING_MILLIS_MAX = 1200;
const DELIVERIES_MIN = 5;
const DELIVERY_MILLIS_MAX = 10_000;
const POLL_MILLIS = 10;

/**
 * Load → Collector with its queue on disk → `costspan up` → backend, while the gateway, and now and then the Collector,
 * is killed at random moments. In the end the sender's ledger is compared with the records and with the backend.
 */
export async function runKills(plan: KillPlan): Promise<KillReport> {
  const pipeline = await startPipeline({ folder: plan.folder });
  try {
    const load = pipeline.startLoad(plan.spansPerSecond);
    const kills = await killAtRandom(plan, pipeline).finally(() => load.finish());
    await pipeline.drain();
    const { ledger, sink } = pipeline;
    const deliveries = [...sink.spans.values()].reduce((sum, span) => sum + span.deliveries, 0);
    return {
      gatewayKills: plan.gatewayKills,
      collectorKills: plan.collectorKills,
      ...kills,
      spansAcknowledged: ledger.spanKeys.size,
      callsAcknowledged: ledger.calls.size,
      totalPicoUsd: ledger.totalPicoUsd,
      failedAttempts: load.failedAttempts,
      repeatedDeliveries: deliveries - sink.spans.size,
      ...(await pipeline.compare()),
    };
  } finally {
    await pipeline.stop();
  }
}

interface Kills {
  readonly killsWhileStarting: number;
  readonly startMillisMax: number;
}

async function killAtRandom(plan: KillPlan, pipeline: Pipeline): Promise<Kills> {
  const { gatewayKills, collectorKills, onProgress } = plan;
  const { gateway, collector, ledger } = pipeline;
  const collectorKillEvery = Math.ceil(gatewayKills / (collectorKills + 1));
  let killsWhileStarting = 0;
  let startMillisMax = 0;
  let isReady = true;
  for (let kill = 1; kill <= gatewayKills; kill++) {
    if (isReady) await underLoad(pipeline.sink);
    await delay(randomInt(isReady ? LIFE_MILLIS_MAX : STARTING_MILLIS_MAX));
    await gateway.kill();
    const startedMillis = Date.now();
    gateway.start();
    isReady = kill % STARTING_KILL_EVERY !== 0 || kill === gatewayKills;
    if (isReady) {
      await gateway.ready();
      startMillisMax = Math.max(startMillisMax, Date.now() - startedMillis);
    } else {
      killsWhileStarting += 1;
    }
    if (kill % collectorKillEvery === 0 && kill / collectorKillEvery <= collectorKills) {
      await collector.killAndStart();
    }
    onProgress?.(`kill ${kill} of ${gatewayKills}, ${ledger.spanKeys.size} spans acknowledged`);
  }
  return { killsWhileStarting, startMillisMax };
}

/** Resolves when the life of the gateway has begun to deliver, so that its end finds something to interrupt. */
async function underLoad(sink: TraceSink): Promise<void> {
  const before = sink.requestCount;
  const deadline = Date.now() + DELIVERY_MILLIS_MAX;
  while (sink.requestCount < before + DELIVERIES_MIN && Date.now() < deadline) await delay(POLL_MILLIS);
}
