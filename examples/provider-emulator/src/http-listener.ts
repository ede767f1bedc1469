import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { constants, createServer as createHttp2Server, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';
/** Longer than any pause between two requests of a client, so that no idle connection closes under one. */
const KEEP_ALIVE_MILLIS = 60_000;
/** What an HTTP/2 connection without TLS begins with; no method of HTTP/1.1 does. */
const HTTP2_PREFACE = 'PRI';

export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface HttpListener {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * One loopback port for HTTP/1.1 and for HTTP/2 without TLS, which a client such as Bedrock's speaks without asking
 * first: the first bytes of a connection tell which of the two it is.
 */
export async function startHttpListener(port: number, handle: HttpHandler): Promise<HttpListener> {
  const http = createHttpServer({ keepAliveTimeout: KEEP_ALIVE_MILLIS }, handle);
  // Its requests and responses have the methods of HTTP/1.1's, as far as they are used here.
  const http2 = createHttp2Server({}, handle as unknown as Parameters<typeof createHttp2Server>[1]);
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A client that goes away is no failure of the server.
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) return;
      socket.unshift(bytes);
      const isHttp2 = bytes.toString('latin1', 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
      (isHttp2 ? http2 : http).emit('connection', socket);
    });
  });
  listener.listen(port, HOST);
  await once(listener, 'listening');
  return {
    url: `http://${HOST}:${(listener.address() as AddressInfo).port}`,
    close: () => closeListener(listener, sockets),
  };
}

async function closeListener(listener: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(listener, 'close');
  listener.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

/** Breaks an answer off as a lost connection does; of an HTTP/2 connection, which others share, only the stream. */
export function breakOff(response: ServerResponse): void {
  const { stream } = response as ServerResponse & Partial<Pick<Http2ServerResponse, 'stream'>>;
  if (stream === undefined) response.socket?.destroy();
  else stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}
