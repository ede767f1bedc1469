import { Server as TlsServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CostspanConfig, StoreConfig } from '@costspan/config';
import { PriceBooks } from '@costspan/price-books';
import type { RecordStore, RecoveryReport } from '@costspan/store';
import { describeRecovery } from './describe-recovery.ts';
import { type GatewayAddress, removeGatewayFile, writeGatewayFile } from './gateway-file.ts';
import { GatewayLog, type LogSink } from './gateway-log.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { GatewayService } from './gateway-service.ts';
import { httpRoutes } from './http-routes.ts';
import { closeServer, createHttpServer, listen } from './http-server.ts';
import { openStore, type OpenStoreParts } from './open-store.ts';
import { Readiness } from './readiness.ts';
import { GatewaySecurity } from './security/gateway-security.ts';
import type { Parsed } from './security/live-files.ts';
import { openLocalServer } from './security/local-server.ts';

/** Options of {@link startGateway} beside the configuration; every one may be left out. */
export interface GatewayOptions {
  /** Receives log lines. Default: standard error. */
  readonly log?: LogSink;
  /** The folder that relative paths of price overlays, certificates and tokens start at. Default: the working directory. */
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
  /** Time between two looks at certificates, tokens and the forward target's secrets. Default 5,000. */
  readonly filesCheckMillis?: number;
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
  readonly code:
    | 'security_unusable'
    | 'prices_unusable'
    | 'store_unavailable'
    | 'address_in_use'
    | 'listen_failed';
  readonly message: string;
}

const STOP_GRACE_MILLIS = 10_000;
const FILES_CHECK_MILLIS = 5000;
const DISK_FULL = /ENOSPC|no space left/i;
const DISK_FULL_RETRY_MILLIS = 2000;

/**
 * Starts the OTLP/HTTP gateway: traces on `POST /v1/traces`, questions on `/api/…`, `/metrics`, `/healthz` and
 * `/readyz`. It listens at once and answers 503 until the books are open, which can take minutes when they are made again.
 */
export async function startGateway(
  config: CostspanConfig,
  options: GatewayOptions = {},
): Promise<StartGatewayResult> {
  const log = new GatewayLog(options.log ?? ((line) => void process.stderr.write(`${line}\n`)));
  const secured = await openSecurity(config, options, log);
  if (!secured.ok) return secured;
  const { security } = secured;
  const priced = await openPriceBooks(config, options, log);
  if (!priced.ok) return priced;
  const { books } = priced;
  const readiness = new Readiness();
  const opening: { service?: GatewayService } = {};
  const routed = { service: () => opening.service, readiness, log };
  const { timeouts } = config.gateway;
  const { requestTimeoutMillis } = options;
  const routes = httpRoutes({ ...routed, decide: (request, scope) => security.decide(request, scope) });
  const server = createHttpServer({ routes, timeouts, requestTimeoutMillis, tls: security.tls });
  const listening = await listen(server, config.gateway.listen);
  if (!listening.ok) {
    await books.stop();
    return listening;
  }
  const { url } = listening;
  const opened = await openStoreWhenThereIsSpace(config.store, readiness, {
    folder: options.configFolder ?? process.cwd(),
    log,
    checkMillis: options.filesCheckMillis ?? FILES_CHECK_MILLIS,
  });
  if (!opened.ok) {
    await closeServer(server, STOP_GRACE_MILLIS);
    await books.stop();
    return { ok: false, error: { code: 'store_unavailable', message: opened.problem } };
  }
  const store = opened.value;
  const running = new GatewayService({ config, options, books, store, log, readiness, security });
  reportRecovery(store.recovery, running.metrics, log);
  await running.start();
  opening.service = running;
  books.start();
  readiness.run(() => store.health);
  security.start(({ context }) => {
    if (server instanceof TlsServer) server.setSecureContext(context);
  });
  const local = security.isClosed ? await openLocalServer(routed, timeouts) : undefined;
  announce(config, { url, local: local?.address }, log);
  const stop = async (): Promise<void> => {
    readiness.stop();
    security.stop();
    await Promise.all([closeServer(server, STOP_GRACE_MILLIS), local?.close()]);
    await books.stop();
    await running.stop();
    if (config.store.kind === 'duckdb') removeGatewayFile(config.store.path);
    log.info('gateway stopped');
  };
  let stopping: Promise<void> | undefined;
  return { ok: true, gateway: { url, stop: () => (stopping ??= stop()) } };
}

/** A full disk is no reason to end: it is said, and tried again. */
async function openStoreWhenThereIsSpace(
  config: StoreConfig,
  readiness: Readiness,
  parts: OpenStoreParts,
): Promise<Parsed<RecordStore>> {
  for (;;) {
    const opened = await openStore(config, parts);
    if (opened.ok || !DISK_FULL.test(opened.problem)) return opened;
    readiness.startupProblem = 'store: disk_full';
    parts.log.warn('disk full', 'the disk is full; the gateway starts when there is space again');
    await sleep(DISK_FULL_RETRY_MILLIS);
  }
}

/** What a start had to mend is said once, as loudly as a log can. */
function reportRecovery(recovery: RecoveryReport, metrics: GatewayMetrics, log: GatewayLog): void {
  const { journalDamage, archiveDamage, recordsLostAtLeast } = recovery;
  metrics.telemetry.recordRecovery(recordsLostAtLeast, journalDamage.length + archiveDamage.length);
  for (const line of describeRecovery(recovery)) log.alert(line);
}

function announce(
  { gateway: { forward }, store }: CostspanConfig,
  address: GatewayAddress,
  log: GatewayLog,
): void {
  const where = {
    duckdb: `records in ${store.path}`,
    gateway: `records kept by ${store.url ?? ''}`,
    none: 'no records are kept',
  }[store.kind];
  if (store.kind === 'duckdb' && !writeGatewayFile(store.path, address)) {
    log.warn('gateway file', `${store.path} cannot be written; "costspan report" will not find the gateway`);
  }
  log.info(`gateway on ${address.url}, ${where}${forward ? `, forwarding to ${forward.endpoint}` : ''}`);
}

async function openSecurity(
  { gateway }: CostspanConfig,
  { configFolder = process.cwd(), filesCheckMillis, nowUnixMillis }: GatewayOptions,
  log: GatewayLog,
): Promise<
  | { readonly ok: true; readonly security: GatewaySecurity }
  | { readonly ok: false; readonly error: StartGatewayError }
> {
  const opened = await GatewaySecurity.open(gateway, {
    folder: configFolder,
    log,
    checkMillis: filesCheckMillis ?? FILES_CHECK_MILLIS,
    nowUnixMillis: nowUnixMillis ?? Date.now,
  });
  return opened.ok
    ? { ok: true, security: opened.value }
    : { ok: false, error: { code: 'security_unusable', message: opened.problem } };
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
