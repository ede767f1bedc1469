import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatListenAddress, type ListenAddress } from '@costspan/config';

const HEADERS_TIMEOUT_MILLIS = 10_000;
const REQUEST_TIMEOUT_MILLIS = 30_000;
/** Longer than clients keep idle connections, so that it is not the server that closes one under a request. */
const KEEP_ALIVE_TIMEOUT_MILLIS = 75_000;
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

/** An HTTP server that does not wait for slow clients. */
export function createHttpServer(requestTimeoutMillis: number = REQUEST_TIMEOUT_MILLIS): Server {
  const server = createServer({
    headersTimeout: Math.min(HEADERS_TIMEOUT_MILLIS, requestTimeoutMillis),
    requestTimeout: requestTimeoutMillis,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MILLIS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MILLIS,
  });
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}

/** Listens, and tells the address with the port that was really taken. */
export async function listen(server: Server, address: ListenAddress): Promise<ListenResult> {
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
  return { ok: true, url: `http://${formatListenAddress({ host: reachable, port: taken })}` };
}

/** Takes no more connections and waits for the requests under way. What is left after the grace period is cut. */
export async function closeServer(server: Server, graceMillis: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection that is busy at this moment would be kept alive after its answer.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MILLIS);
  const grace = setTimeout(() => server.closeAllConnections(), graceMillis);
  await closed;
  clearInterval(idle);
  clearTimeout(grace);
}
