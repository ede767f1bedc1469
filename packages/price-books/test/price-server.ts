import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isPublicAddress, type NetworkAccess } from '../src/index.ts';
import { testCertificate } from './test-certificate.ts';

export const HOST = 'prices.example.test';
export const OTHER_HOST = 'mirror.example.test';

const certificate = testCertificate([HOST, OTHER_HOST]);

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A real https server on this machine, which names lead to as they would to one on the internet. */
export class PriceServer {
  /** Paths asked for, in order. */
  readonly requests: string[] = [];
  readonly resolved: string[] = [];
  readonly addresses = new Map<string, readonly string[]>([
    [HOST, ['127.0.0.1']],
    [OTHER_HOST, ['127.0.0.1']],
  ]);
  readonly #server: Server;
  readonly #answers = new Map<string, Answer>();

  private constructor() {
    this.#server = createServer(certificate, (request, response) => {
      const path = request.url ?? '';
      this.requests.push(`${request.headers.host?.split(':')[0]}${path}`);
      const answer = this.#answers.get(path);
      if (answer !== undefined) answer(request, response);
      else response.writeHead(404).end();
    });
  }

  static async start(): Promise<PriceServer> {
    const server = new PriceServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get allowedHosts(): string[] {
    return [`${HOST}:${this.port}`, `${OTHER_HOST}:${this.port}`];
  }

  get network(): NetworkAccess {
    return {
      ca: certificate.cert,
      isAllowedAddress: (address) => address === '127.0.0.1' || isPublicAddress(address),
      resolve: (hostname) => {
        this.resolved.push(hostname);
        const addresses = this.addresses.get(hostname);
        return addresses === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(addresses);
      },
    };
  }

  url(path: string, host = HOST): string {
    return `https://${host}:${this.port}${path}`;
  }

  answer(path: string, answer: Answer | string | Uint8Array): void {
    this.#answers.set(
      path,
      typeof answer === 'function' ? answer : (_request, response) => response.writeHead(200).end(answer),
    );
  }

  redirect(path: string, location: string, status = 302): void {
    this.answer(path, (_request, response) => response.writeHead(status, { location }).end('moved'));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
