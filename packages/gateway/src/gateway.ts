import { rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { CostspanConfig } from '@costspan/config';
import { builtinPriceBook } from '@costspan/pricing';
import { openDuckDbStore, type RecordStore } from '@costspan/store';
import { Forwarder } from './forwarder.ts';
import { GatewayTelemetry } from './gateway-telemetry.ts';
import { answerQuery } from './query-api.ts';
import { TraceReceiver } from './trace-receiver.ts';

export interface RunningGateway {
  /** Base address, for instance `http://127.0.0.1:4318`. */
  readonly url: string;
  /** Accepts nothing more, finishes what it is working on and closes the store. */
  stop(): Promise<void>;
}

export interface GatewayStartError {
  readonly code: 'store' | 'listen';
  readonly message: string;
}

export type StartResult =
  | { readonly ok: true; readonly gateway: RunningGateway }
  | { readonly ok: false; readonly error: GatewayStartError };

export interface GatewayOptions {
  /** Variables that say where metrics are sent. Default: none are read. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where warnings go, at most one a second. Default: standard error. */
  readonly warn?: (message: string) => void;
}

/** Tells other processes which gateway has the data folder open. */
export const GATEWAY_FILE = 'gateway.json';

/** Time for a client to send its headers, and a whole request. */
const HEADERS_TIMEOUT_MILLIS = 10_000;
const REQUEST_TIMEOUT_MILLIS = 30_000;
const WARNING_INTERVAL_MILLIS = 1000;

/** Opens the store and listens; every failure to do so is a result that says how to mend it. */
export async function startGateway(
  config: CostspanConfig,
  options: GatewayOptions = {},
): Promise<StartResult> {
  const opened = await openDuckDbStore({ path: config.store.path });
  if (!opened.ok) return { ok: false, error: { code: 'store', message: opened.error.message } };
  const { store } = opened;
  const priceBook = builtinPriceBook({ approximateMatch: config.prices.approximateMatch });
  const telemetry = new GatewayTelemetry(config, priceBook, options.env ?? {});
  const receiver = new TraceReceiver({
    settings: {
      priceBook,
      attribution: config.attribution,
      thresholds: config.thresholds,
      emit: config.emit,
    },
    store,
    telemetry,
    forwarder: config.gateway.forward === undefined ? undefined : new Forwarder(config.gateway.forward),
    bodyBytesMax: config.gateway.bodyBytesMax,
    warn: rateLimited(options.warn ?? ((message) => process.stderr.write(`costspan: ${message}\n`))),
  });
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MILLIS, requestTimeout: REQUEST_TIMEOUT_MILLIS },
    (request, response) => void route(request, response, { receiver, store, telemetry }),
  );
  const { host, port } = config.gateway.listen;
  const failure = await listen(server, host, port);
  if (failure !== undefined) {
    await Promise.all([store.close(), telemetry.shutdown()]);
    return { ok: false, error: { code: 'listen', message: failure } };
  }
  const url = urlOf(server, host);
  const announcement = join(config.store.path, GATEWAY_FILE);
  writeFileSync(announcement, `${JSON.stringify({ url, pid: process.pid })}\n`);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
    rmSync(announcement, { force: true });
    await telemetry.shutdown();
    await store.close();
  };
  return { ok: true, gateway: { url, stop: () => (stopping ??= stop()) } };
}

interface Routes {
  readonly receiver: TraceReceiver;
  readonly store: RecordStore;
  readonly telemetry: GatewayTelemetry;
}

async function route(request: IncomingMessage, response: ServerResponse, routes: Routes): Promise<void> {
  try {
    const url = new URL(request.url ?? '/', 'http://gateway');
    if (url.pathname === '/v1/traces') return await routes.receiver.handle(request, response);
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 404, 'not found\n');
    if (url.pathname === '/healthz' || url.pathname === '/readyz') return sendText(response, 200, 'ok\n');
    if (url.pathname === '/metrics') return sendText(response, 200, await routes.telemetry.prometheusText());
    if (!(await answerQuery(url, routes.store, response))) sendText(response, 404, 'not found\n');
  } catch {
    if (!response.headersSent) sendText(response, 503, 'not available now\n');
    else response.destroy();
  }
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

/** @returns Why the server cannot listen, or `undefined` once it does. */
function listen(server: Server, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE';
      resolve(
        `cannot listen on ${host}:${port}: ${inUse ? 'the port is in use; choose another with --listen' : error.message}`,
      );
    });
    server.listen(port, host, () => resolve(undefined));
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function rateLimited(warn: (message: string) => void): (message: string) => void {
  let lastMillis = Number.NEGATIVE_INFINITY;
  let suppressed = 0;
  return (message) => {
    if (performance.now() - lastMillis < WARNING_INTERVAL_MILLIS) {
      suppressed += 1;
      return;
    }
    lastMillis = performance.now();
    warn(suppressed === 0 ? message : `${message} (and ${suppressed} more)`);
    suppressed = 0;
  };
}
