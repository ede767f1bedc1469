import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { formatListenAddress, type GatewayConfig, type ListenAddress } from '@costspan/config';
import type { ServerTls } from './security/server-tls.ts';

const CONNECTIONS_MAX = 4096;
const IDLE_CHECK_MILLIS = 50;
const TIMEOUT_CHECK_MILLIS = 1000;

/** Addresses that stand for every interface, and how the gateway is then reached from its own machine. */
const ANY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

export type ListenResult =
  | { readonly ok: true; readonly url: string }
  | {
      readonly ok: false;
      readonly error: { readonly code: 'address_in_use' | 'listen_failed'; readonly message: string };
    };

/** What a server of the gateway is made of. */
export interface HttpServerParts {
  readonly routes: RequestListener;
  readonly timeouts: GatewayConfig['timeouts'];
  /** Instead of those of the configuration. */
  readonly requestTimeoutMillis?: number | undefined;
  /** Absent: http. */
  readonly tls?: ServerTls | undefined;
}

/** An HTTP or HTTPS server that does not wait for slow clients. */
export function createHttpServer(parts: HttpServerParts): Server | TlsServer {
  const { routes, timeouts, tls } = parts;
  const requestTimeout = parts.requestTimeoutMillis ?? timeouts.requestSeconds * 1000;
  const headersTimeout = Math.min(timeouts.headersSeconds * 1000, requestTimeout);
  const options = {
    headersTimeout,
    requestTimeout,
    keepAliveTimeout: timeouts.idleSeconds * 1000,
    connectionsCheckingInterval: TIMEOUT_CHECK_MILLIS,
  };
  const server =
    tls === undefined
      ? createServer(options)
      : createTlsServer({
          ...options,
          ...tls.context,
          handshakeTimeout: headersTimeout,
          // Certificates are decided on by request, so that probes without one reach /healthz.
          requestCert: tls.context.ca !== undefined,
          rejectUnauthorized: false,
        });
  server.maxConnections = CONNECTIONS_MAX;
  // Without a listener of its own, Node asks for the body of a request that waits for leave before the routes decide.
  return server.on('request', routes).on('checkContinue', routes);
}

/** Listens, and tells the address with the port that was really taken. */
export async function listen(server: Server | TlsServer, address: ListenAddress): Promise<ListenResult> {
  try {
    server.listen(address.port, address.host);
    await once(server, 'listening');
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    const text = formatListenAddress(address);
    const message = inUse
      ? `${text} is in use; stop the other process or set gateway.listen to another port`
      : `cannot listen on ${text}: ${(error as Error).message}`;
    return { ok: false, error: { code: inUse ? 'address_in_use' : 'listen_failed', message } };
  }
  const taken = (server.address() as AddressInfo).port;
  const reachable = ANY_ADDRESS[address.host] ?? address.host;
  const scheme = server instanceof TlsServer ? 'https' : 'http';
  return { ok: true, url: `${scheme}://${formatListenAddress({ host: reachable, port: taken })}` };
}

/** Takes no more connections and waits for the requests under way. What is left after the grace period is cut. */
export async function closeServer(server: Server | TlsServer, graceMillis: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection that is busy at this moment would be kept alive after its answer.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MILLIS);
  const grace = setTimeout(() => server.closeAllConnections(), graceMillis);
  await closed;
  clearInterval(idle);
  clearTimeout(grace);
}
