import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CostspanConfig, formatListenAddress } from '@costspan/config';
import { PriceBooks } from '@costspan/price-books';
import { openDuckDbStore, type RecordStore } from '@costspan/store';
import { openCallHistory } from './enrich-request.ts';
import type { GatewayCalls } from './gateway-call.ts';
import { removeGatewayFile, writeGatewayFile } from './gateway-file.ts';
import { GatewayLog, type LogSink } from './gateway-log.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { GpuPricing } from './gpu/gpu-pricing.ts';
import { GpuSettler } from './gpu/gpu-settler.ts';
import { InFlightLimit } from './in-flight-limit.ts';
import { httpRoutes } from './http-routes.ts';
import { TraceForwarder } from './trace-forwarder.ts';
import { TraceReceiver } from './trace-receiver.ts';

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

/** Client and server, application and gateway may report a call minutes apart; a span takes half a kilobyte. */
const CALL_WINDOW = { millis: 600_000, spansMax: 100_000 };
const REQUESTS_IN_FLIGHT_MAX = 256;
const BYTES_IN_FLIGHT_MIN = 128 * 1024 * 1024;
const BODIES_IN_FLIGHT_MIN = 4;
const FORWARD_TIMEOUT_MILLIS = 4000;
const HEADERS_TIMEOUT_MILLIS = 10_000;
const REQUEST_TIMEOUT_MILLIS = 30_000;
/** Longer than clients keep idle connections, so that it is not the server that closes one under a request. */
const KEEP_ALIVE_TIMEOUT_MILLIS = 75_000;
const CONNECTIONS_MAX = 4096;
const STOP_GRACE_MILLIS = 10_000;
const IDLE_CHECK_MILLIS = 50;
const TIMEOUT_CHECK_MILLIS = 1000;

/** Addresses that stand for every interface, and how the gateway is then reached from its own machine. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Starts the OTLP/HTTP gateway: traces on `POST /v1/traces`, questions on `/api/…`, `/metrics`, `/healthz` and
 * `/readyz`.
 */
export async function startGateway(
  config: CostspanConfig,
  options: GatewayOptions = {},
): Promise<StartGatewayResult> {
  const log = new GatewayLog(options.log ?? ((line) => void process.stderr.write(`${line}\n`)));
  const priced = await openPriceBooks(config, options, log);
  if (!priced.ok) return priced;
  const { books } = priced;
  const opened = await openDuckDbStore({ path: config.store.path });
  if (!opened.ok) return { ok: false, error: { code: 'store_unavailable', message: opened.error.message } };
  const { store } = opened;
  const metrics = new GatewayMetrics(config, books, options.env ?? process.env);
  const { forward } = config.gateway;
  const parts = { config, options, store, metrics, log, calls: openCallHistory(CALL_WINDOW) };
  const settler = openSettler(parts);
  const receiver = openReceiver({ ...parts, books, settler });
  let stopping: Promise<void> | undefined;
  const routes = httpRoutes({ receiver, store, metrics, log, isStopping: () => stopping !== undefined });
  const server = createHttpServer(options).on('request', routes);

  const close = async (): Promise<void> => {
    await books.stop();
    await settler.stop();
    await metrics.shutdown().catch(() => log.warn('metrics', 'the last metrics could not be pushed'));
    await store.close();
  };
  await settler.start();
  const listening = await listen(server, config);
  if (!listening.ok) {
    await close();
    return listening;
  }
  const { url } = listening;
  books.start();
  if (!writeGatewayFile(config.store.path, url)) {
    log.warn(
      'gateway file',
      `${config.store.path} cannot be written; "costspan report" will not find the gateway`,
    );
  }
  log.info(
    `gateway on ${url}, records in ${config.store.path}${forward ? `, forwarding to ${forward.endpoint}` : ''}`,
  );
  const stop = async (): Promise<void> => {
    await closeServer(server);
    await close();
    removeGatewayFile(config.store.path);
    log.info('gateway stopped');
  };
  return { ok: true, gateway: { url, stop: () => (stopping ??= stop()) } };
}

interface GatewayParts {
  readonly config: CostspanConfig;
  readonly options: GatewayOptions;
  readonly store: RecordStore;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  readonly calls: GatewayCalls;
}

function openSettler({ config, options, ...parts }: GatewayParts): GpuSettler {
  const { pools, currency } = config;
  return new GpuSettler({ pools, currency, nowUnixMillis: options.nowUnixMillis ?? Date.now, ...parts });
}

function openReceiver({
  config,
  options,
  books,
  settler,
  ...parts
}: GatewayParts & { readonly books: PriceBooks; readonly settler: GpuSettler }): TraceReceiver {
  const { attribution, thresholds, emit, pools } = config;
  const { forward, bodyBytesMax } = config.gateway;
  return new TraceReceiver({
    ...parts,
    settings: {
      get priceBook() {
        return books.current;
      },
      attribution,
      thresholds,
      emit,
      pools,
    },
    gpu: new GpuPricing(pools, () => settler.closedWindows),
    settler,
    nowUnixMillis: options.nowUnixMillis ?? Date.now,
    inFlight: new InFlightLimit({
      requestsMax: options.requestsInFlightMax ?? REQUESTS_IN_FLIGHT_MAX,
      bytesMax:
        options.bytesInFlightMax ?? Math.max(BYTES_IN_FLIGHT_MIN, bodyBytesMax * BODIES_IN_FLIGHT_MIN),
    }),
    bodyBytesMax,
    forwarder: forward && new TraceForwarder(forward, options.forwardTimeoutMillis ?? FORWARD_TIMEOUT_MILLIS),
    forwardRequired: forward?.mode === 'required',
  });
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

function createHttpServer(options: GatewayOptions): Server {
  const requestTimeout = options.requestTimeoutMillis ?? REQUEST_TIMEOUT_MILLIS;
  const server = createServer({
    headersTimeout: Math.min(HEADERS_TIMEOUT_MILLIS, requestTimeout),
    requestTimeout,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MILLIS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MILLIS,
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

async function listen(
  server: Server,
  config: CostspanConfig,
): Promise<{ ok: true; url: string } | { ok: false; error: StartGatewayError }> {
  const { host, port } = config.gateway.listen;
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const address = formatListenAddress(config.gateway.listen);
    const message = inUse
      ? `${address} is in use; stop the other process or set gateway.listen to another port`
      : `cannot listen on ${address}: ${(error as Error).message}`;
    return { ok: false, error: { code: inUse ? 'address_in_use' : 'listen_failed', message } };
  }
  const taken = (server.address() as AddressInfo).port;
  const reachable = ANY_ADDRESS[host] ?? host;
  return { ok: true, url: `http://${formatListenAddress({ host: reachable, port: taken })}` };
}

/** Connections that do not finish within the grace period are cut; their clients send again. */
async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection that is busy at this moment would be kept alive after its answer.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MILLIS);
  const grace = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MILLIS);
  await closed;
  clearInterval(idle);
  clearTimeout(grace);
}
