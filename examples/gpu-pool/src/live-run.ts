import { join } from 'node:path';
import type { CostspanConfig } from '@costspan/config';
import { type GpuPool, type Money, moneyFromPico } from '@costspan/cost-model';
import type { EngineLedger } from './batching-engine.ts';
import type { Truth } from './check-books.ts';
import { EstimateWatch } from './estimate-watch.ts';
import { type GatewayBooks, settledBooks } from './gateway-books.ts';
import { parseLedger } from './model-server.ts';
import { attributeOf } from './otlp-json.ts';
import { startOtlpRecorder } from './otlp-recorder.ts';
import { startOwnGateway } from './own-gateway.ts';
import { type RecordedSpan, recordedSpans } from './replay.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { planTraffic, sendTraffic } from './traffic.ts';

const MODEL = 'llama-3.1-8b-instruct';
const REPLICAS = ['vllm-0', 'vllm-1'] as const;
const SETTLE_TIMEOUT_MILLIS = 30_000;
const PICO_PER_UNIT = 1e12;

/** What a run left behind. */
export interface LiveRun {
  readonly books: GatewayBooks;
  readonly truth: Truth;
  readonly spans: readonly RecordedSpan[];
  /** When the last request was done. */
  readonly untilUnixNano: bigint;
}

/** Starts the gateway, the model servers and the service, sends them traffic, and waits until it is settled. */
export async function runLive(
  config: CostspanConfig,
  pool: GpuPool,
  options: { readonly folder: string; readonly seed: number },
): Promise<LiveRun> {
  const gateway = await startOwnGateway(config, join(options.folder, 'live'));
  const recorder = await startOtlpRecorder(gateway.url);
  const servers = new Map<string, ServerProcess>();
  for (const replica of REPLICAS) servers.set(replica, await startReplica(replica, recorder.url));
  const modelServers = [...servers.values()].map(({ url }) => url);
  const service = await startService(modelServers, recorder.url);
  const watch = new EstimateWatch(gateway.url);
  const plan = planTraffic(options.seed);
  console.log(`${plan.length} requests to ${service.url}, which uses ${modelServers.join(' and ')}`);
  const fromUnixNano = BigInt(Date.now()) * 1_000_000n;
  await sendTraffic(service.url, plan);
  const untilUnixNano = BigInt(Date.now()) * 1_000_000n;

  // What ends sends its last spans meanwhile.
  await service.stop();
  const ledgers = new Map<string, EngineLedger>();
  for (const [replica, server] of servers) {
    ledgers.set(replica, parseLedger(await (await fetch(`${server.url}/ledger`)).text()));
    await server.stop();
  }
  console.log(
    `answered after ${Number(untilUnixNano - fromUnixNano) / 1e9} s; the last windows are being settled`,
  );
  const books = await settledBooks(gateway.url, pool.name, {
    fromUnixNano,
    untilUnixNano,
    timeoutMillis: SETTLE_TIMEOUT_MILLIS,
  });
  await watch.stop();
  recorder.close();
  await gateway.stop();
  const spans = recordedSpans(recorder.resourceSpans);
  const estimatesInProcess = estimatesOf(spans);
  return {
    books,
    truth: { pool, plan, ledgers, estimates: watch.estimates, estimatesInProcess },
    spans,
    untilUnixNano,
  };
}

/** What the service wrote on its own spans, by response id. */
function estimatesOf(spans: readonly RecordedSpan[]): Map<string, Money> {
  return new Map(
    spans.flatMap(({ span }): [string, Money][] => {
      const responseId = attributeOf(span, 'gen_ai.response.id');
      const cost = attributeOf(span, 'costspan.gpu.cost');
      if (typeof responseId !== 'string' || typeof cost !== 'number') return [];
      return [[responseId, moneyFromPico(Math.round(cost * PICO_PER_UNIT))]];
    }),
  );
}

function startReplica(name: string, otlpEndpoint: string): Promise<ServerProcess> {
  return startServerProcess(
    ['src/model-server-main.ts', '--model', MODEL, '--otlp-traces-endpoint', otlpEndpoint],
    {
      OTEL_RESOURCE_ATTRIBUTES: `service.name=vllm,service.instance.id=${name},gen_ai.request.model=${MODEL}`,
    },
  );
}

function startService(modelServers: readonly string[], otlpEndpoint: string): Promise<ServerProcess> {
  return startServerProcess(['--import', '@costspan/node/register', 'src/chat-service.ts'], {
    PORT: '0',
    MODEL,
    MODEL_SERVERS: modelServers.join(','),
    OTEL_SERVICE_NAME: 'chat-service',
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '200',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
  });
}
