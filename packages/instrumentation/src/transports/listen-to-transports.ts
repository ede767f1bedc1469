import type { StartTap, TapFailure } from '../call-tap.ts';
import { listenToHttp } from './listen-to-http.ts';
import { listenToHttp2 } from './listen-to-http2.ts';
import { listenToUndici } from './listen-to-undici.ts';

/**
 * Listens to every HTTP request of this thread: `fetch` and undici, `node:http(s)` and `node:http2`. Nothing that the
 * application sends or receives is changed, nor when it does.
 *
 * @param start is given an address that is valid only during the call: it may be the transport's own object.
 * @returns stops listening.
 */
export function listenToTransports(start: StartTap, onFailure: (failure: TapFailure) => void): () => void {
  const stops = [
    listenToUndici(start, onFailure),
    listenToHttp(start, onFailure),
    listenToHttp2(start, onFailure),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
