import type { TappedRequest } from '../call-tap.ts';

/**
 * The address of a request whose path is a whole URL, as a forward proxy is asked for it: then the request's own
 * origin is the proxy's.
 */
export function absoluteForm(method: string, path: string): TappedRequest | undefined {
  const url = URL.parse(path);
  return url === null ? undefined : { method, origin: url.origin, path: `${url.pathname}${url.search}` };
}
