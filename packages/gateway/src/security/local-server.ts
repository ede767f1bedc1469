import { hash, randomBytes } from 'node:crypto';
import type { GatewayConfig } from '@costspan/config';
import type { GatewayAddress } from '../gateway-file.ts';
import { httpRoutes, type HttpRouteParts } from '../http-routes.ts';
import { closeServer, createHttpServer, listen } from '../http-server.ts';
import { TokenAccess } from './token-access.ts';

/** A server for the commands of this machine. */
export interface LocalServer {
  readonly address: NonNullable<GatewayAddress['local']>;
  close(): Promise<void>;
}

const TOKEN_BYTES = 32;
const CLOSE_GRACE_MILLIS = 1000;

/**
 * Opens a second, loopback address for the commands of this machine beside a gateway that has TLS or tokens. They need a
 * token that ends with the process and is written to `gateway.json`: whoever may read the data folder may read the costs.
 *
 * @returns `undefined` when there is no such address to be had.
 */
export async function openLocalServer(
  parts: Omit<HttpRouteParts, 'decide'>,
  timeouts: GatewayConfig['timeouts'],
): Promise<LocalServer | undefined> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const access = new TokenAccess([
    {
      name: 'local',
      sha256: hash('sha256', token),
      tenant: undefined,
      scopes: ['query', 'metrics'],
      expiresUnixMillis: undefined,
    },
  ]);
  const routes = httpRoutes({
    ...parts,
    decide: ({ headers }, scope) => access.decide(headers.authorization, scope, 0),
  });
  const server = createHttpServer({ routes, timeouts });
  const listening = await listen(server, { host: '127.0.0.1', port: 0 });
  if (!listening.ok) return undefined;
  return {
    address: { url: listening.url, token },
    close: () => closeServer(server, CLOSE_GRACE_MILLIS),
  };
}
