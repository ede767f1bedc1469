import type { ClientRequest, IncomingMessage } from 'node:http';
import type { StartTap, TapFailure, TappedRequest } from '../call-tap.ts';
import { absoluteForm } from './absolute-form.ts';
import { claimTransport } from './claim-transport.ts';
import { headerText } from './header-text.ts';
import { observePush } from './observe-push.ts';
import { subscribeSafely } from './subscribe-safely.ts';
import { abandonedError, TappedExchange } from './tapped-exchange.ts';

/**
 * Listens to the requests of `node:http` and `node:https`.
 *
 * `http.client.response.finish` is published once the head has been parsed, before the first byte of the body and
 * before the application has the response. The request's body is published nowhere, so it is not seen. A `response`
 * listener is never added: it would keep Node from discarding responses that nobody reads.
 *
 * @returns stops listening; exchanges under way are left alone from then on.
 */
export function listenToHttp(start: StartTap, onFailure: (failure: TapFailure) => void): () => void {
  const release = claimTransport('http');
  if (release === undefined) return () => {};
  let exchanges = new WeakMap<object, TappedExchange>();

  function onCreated(request: ClientRequest): void {
    const address = request.path.startsWith('/')
      ? new HttpAddress(request)
      : absoluteForm(request.method, request.path);
    const tap = address === undefined || request.method === 'CONNECT' ? undefined : start(address);
    if (tap === undefined) return;
    exchanges.set(request, new TappedExchange(tap, onFailure));
    // `abort()` before a socket was assigned reports no error. A response may outlive its request's `close`.
    request.once('close', () => {
      const exchange = exchanges.get(request);
      if (exchange?.hasHead === false)
        exchange.fail(abandonedError('The request was closed before its response.'));
    });
  }

  function onResponse(request: ClientRequest, response: IncomingMessage): void {
    const exchange = exchanges.get(request);
    if (exchange === undefined) return;
    exchange.responseHead(response.statusCode ?? 0, (name) => headerText(response.headers[name]));
    observePush(response, (chunk) => {
      const listening = exchanges.get(request);
      if (chunk === null) listening?.end();
      else listening?.responseBody(chunk);
    });
    response.once('close', () => {
      const listening = exchanges.get(request);
      if (listening?.isOpen === true)
        listening.fail(response.errored ?? abandonedError('The response was closed before its end.'));
    });
  }

  const unsubscribe = subscribeSafely(
    {
      'http.client.request.created': ({ request }) => onCreated(request as ClientRequest),
      'http.client.response.finish': ({ request, response }) =>
        onResponse(request as ClientRequest, response as IncomingMessage),
      'http.client.request.error': ({ request, error }) => exchanges.get(request as object)?.fail(error),
    },
    onFailure,
  );
  return () => {
    unsubscribe();
    exchanges = new WeakMap();
    release();
  };
}

/** The origin costs a look-up and a string, which most requests can do without: their path is enough to pass them by. */
class HttpAddress implements TappedRequest {
  readonly #request: ClientRequest;

  constructor(request: ClientRequest) {
    this.#request = request;
  }

  get method(): string {
    return this.#request.method;
  }

  get path(): string {
    return this.#request.path;
  }

  /** The one header that is read of a request is `Host`, the only place that tells the port. */
  get origin(): string {
    const { protocol, host } = this.#request;
    const authority = this.#request.getHeader('host');
    if (typeof authority === 'string' && authority !== '') return `${protocol}//${authority}`;
    return `${protocol}//${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}`;
  }
}
