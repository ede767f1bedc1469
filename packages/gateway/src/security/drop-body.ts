import type { IncomingMessage } from 'node:http';

const DROPPED_BYTES_MAX = 256 * 1024;
const DROP_MILLIS = 1000;

/**
 * Lets go of a body that nobody will read. What is short and comes soon is passed over, and the connection can be used
 * again. Of anything else no more is taken in: there is time to read the answer, then the connection is cut.
 */
export function dropBody(request: IncomingMessage): void {
  let bytes = 0;
  const cut = setTimeout(() => request.destroy(), DROP_MILLIS).unref();
  request.once('close', () => clearTimeout(cut)).once('end', () => clearTimeout(cut));
  request.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > DROPPED_BYTES_MAX) request.pause();
  });
}
