import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** Takes OTLP over HTTP and keeps it as it came. */
export interface TraceReceiver {
  /** For `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. */
  readonly url: string;
  /** A file for `costspan enrich`: JSON lines, or one protobuf message. */
  file(): Buffer;
  close(): Promise<void>;
}

export async function startTraceReceiver(): Promise<TraceReceiver> {
  const bodies: Buffer[] = [];
  const encodings = new Set<string>();
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const encoding = request.headers['content-type'] ?? '';
      encodings.add(encoding);
      bodies.push(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
      response.writeHead(200, { 'content-type': encoding }).end(encoding.includes('json') ? '{}' : '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    file: () => joinRequests(bodies, encodings),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Protobuf messages with one repeated field, written one after the other, are one message. */
function joinRequests(bodies: readonly Buffer[], encodings: ReadonlySet<string>): Buffer {
  if (encodings.size > 1) throw new Error(`one run exports in ${[...encodings].join(' and ')}`);
  const isJson = [...encodings].some((encoding) => encoding.includes('json'));
  return isJson ? Buffer.concat(bodies.flatMap((body) => [body, Buffer.from('\n')])) : Buffer.concat(bodies);
}
