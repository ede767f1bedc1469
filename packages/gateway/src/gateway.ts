import type { CostspanConfig } from '@costspan/config';
import { PriceBooks } from '@costspan/price-books';
import { openDuckDbStore, type RecordStore, type RecoveryReport } from '@costspan/store';
import { describeRecovery } from './describe-recovery.ts';
import { removeGatewayFile, writeGatewayFile } from './gateway-file.ts';
import { GatewayLog, type LogSink } from './gateway-log.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { GatewayService } from './gateway-service.ts';
import { httpRoutes } from './http-routes.ts';
import { closeServer, createHttpServer, listen } from './http-server.ts';
import { Readiness } from './readiness.ts';

/** Options of {@link startGateway} beside the configuration; every one may be left out. */
export interface GatewayOptions {
  /** Receives log lines. Default: standard error. */
  readonly log?: LogSink;
  /** The folder that relative paths of price overlays start at. Default: the working directory. */
  readonly configFolder?: string;
  /** The environment whose `OTEL_*` variables say where metrics are pushed. Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Requests that are worked on at once; more are answered 503. Default 256. */
  readonly requestsInFlightMax?: number;
  /** Bytes of bodies that are held at once; more are answered 503. Default 128 MiB, or four of the largest bodies. */
  readonly bytesInFlightMax?: number;
  /** Time for the forward target to answer. Default 4,000: clients commonly give up after five seconds. */
  readonly forwardTimeoutMillis?: number;
  /** Time for a client to send a whole request. Default 30,000. */
  readonly requestTimeoutMillis?: number;
  /** The time by which windows of GPU pools are closed. Default: the system's. */
  readonly nowUnixMillis?: () => number;
}

export interface Gateway {
  /** Base address, with the port that was really taken. */
  readonly url: string;
  /** Accepts nothing more, finishes what is in flight, and closes the store. */
  stop(): Promise<void>;
}

export type StartGatewayResult =
  | { readonly ok: true; readonly gateway: Gateway }
  | { readonly ok: false; readonly error: StartGatewayError };

export interface StartGatewayError {
  readonly code: 'prices_unusable' | 'store_unavailable' | 'address_in_use' | 'listen_failed';
  readonly message: string;
}

const STOP_GRACE_MILLIS = 10_000;

/**
 * Starts the OTLP/HTTP gateway: traces on `POST /v1/traces`, questions on `/api/…`, `/metrics`, `/healthz` and
 * `/readyz`. It listens at once and answers 503 until the books are open, which can take minutes when they are made again.
 */
export async function startGateway(
  config: CostspanConfig,
  options: GatewayOptions = {},
): Promise<StartGatewayResult> {
  const log = new GatewayLog(options.log ?? ((line) => void process.stderr.write(`${line}\n`)));
  const priced = await openPriceBooks(config, options, log);
  if (!priced.ok) return priced;
  const { books } = priced;
  const readiness = new Readiness();
  let service: GatewayService | undefined;
  const routes = httpRoutes({ service: () => service, readiness, log });
  const server = createHttpServer(options.requestTimeoutMillis).on('request', routes);
  const listening = await listen(server, config.gateway.listen);
  if (!listening.ok) {
    await books.stop();
    return listening;
  }
  const { url } = listening;
  const opened = await openStore(config);
  if (!opened.ok) {
    await closeServer(server, STOP_GRACE_MILLIS);
    await books.stop();
    return opened;
  }
  service = new GatewayService({ config, options, books, store: opened.store, log, readiness });
  reportRecovery(opened.store.recovery, service.metrics, log);
  await service.start();
  books.start();
  readiness.run(() => opened.store.health);
  announce(config, url, log);
  const running = service;
  const stop = async (): Promise<void> => {
    readiness.stop();
    await closeServer(server, STOP_GRACE_MILLIS);
    await books.stop();
    await running.stop();
    if (config.store.kind !== 'none') removeGatewayFile(config.store.path);
    log.info('gateway stopped');
  };
  let stopping: Promise<void> | undefined;
  return { ok: true, gateway: { url, stop: () => (stopping ??= stop()) } };
}

async function openStore({
  store: { path },
}: CostspanConfig): Promise<
  | { readonly ok: true; readonly store: RecordStore }
  | { readonly ok: false; readonly error: StartGatewayError }
> {
  const opened = await openDuckDbStore({ path });
  if (!opened.ok) return { ok: false, error: { code: 'store_unavailable', message: opened.error.message } };
  return opened;
}

/** What a start had to mend is said once, as loudly as a log can. */
function reportRecovery(recovery: RecoveryReport, metrics: GatewayMetrics, log: GatewayLog): void {
  const { journalDamage, archiveDamage, recordsLostAtLeast } = recovery;
  metrics.telemetry.recordRecovery(recordsLostAtLeast, journalDamage.length + archiveDamage.length);
  for (const line of describeRecovery(recovery)) log.alert(line);
}

function announce({ gateway: { forward }, store }: CostspanConfig, url: string, log: GatewayLog): void {
  const where = store.kind === 'none' ? 'no records are kept' : `records in ${store.path}`;
  if (store.kind !== 'none' && !writeGatewayFile(store.path, url)) {
    log.warn('gateway file', `${store.path} cannot be written; "costspan report" will not find the gateway`);
  }
  log.info(`gateway on ${url}, ${where}${forward ? `, forwarding to ${forward.endpoint}` : ''}`);
}

async function openPriceBooks(
  { prices, overhead }: CostspanConfig,
  { configFolder = process.cwd() }: GatewayOptions,
  log: GatewayLog,
): Promise<
  | { readonly ok: true; readonly books: PriceBooks }
  | { readonly ok: false; readonly error: StartGatewayError }
> {
  const opened = PriceBooks.open({
    prices,
    overhead,
    folder: configFolder,
    onWarning: (message) => {
      log.warn('price book', message);
    },
  });
  if (!opened.ok) {
    return { ok: false, error: { code: 'prices_unusable', message: opened.errors.join('\n') } };
  }
  await opened.books.load();
  return opened;
}
