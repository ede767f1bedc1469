import { providerAtHost } from '@costspan/semconv';
import type { TappedRequest } from './call-tap.ts';
import { WIRE_FORMATS } from './formats/wire-formats.ts';
import type { WireEndpoint } from './wire-endpoint.ts';
import type { WireFormat, WireRequest, WireRoute } from './wire-format.ts';

/** A request that calls a model, and how its answer is read. */
export interface MatchedRequest {
  readonly format: WireFormat;
  readonly method: WireRoute['method'];
  readonly request: WireRequest;
  /** True when the host or the configuration tells whose API it is, so that even a refusal is a call. */
  readonly isCertain: boolean;
}

interface FormatRoute {
  readonly format: WireFormat;
  readonly route: WireRoute;
}

/** A longer path or host calls no model. */
const PATH_CHARACTERS_MAX = 2048;

const ROUTES_BY_ENDING: ReadonlyMap<string, readonly FormatRoute[]> = Map.groupBy(
  WIRE_FORMATS.flatMap((format) => format.routes.map((route) => ({ format, route }))),
  ({ route }) => route.ending,
);

/**
 * Finds out whether a request calls a model, by its address alone. Most of a program's requests do not, and are done
 * with after one look at the end of their path.
 */
export function matchRequest(
  { method, origin, path }: TappedRequest,
  endpoints: readonly WireEndpoint[],
): MatchedRequest | undefined {
  if (method !== 'POST' && method !== 'GET') return undefined;
  const pathname = withoutQuery(path);
  if (pathname.length > PATH_CHARACTERS_MAX) return undefined;
  const candidates = routesOf(pathname);
  if (candidates === undefined) return undefined;
  for (const { format, route } of candidates) {
    if (route.method !== method) continue;
    const match = route.path.exec(pathname);
    if (match === null) continue;
    const host = hostOf(origin);
    if (host === undefined) return undefined;
    const endpoint = endpoints.find((each) => isAt(each, host, pathname));
    if (endpoint?.ignore === true) return undefined;
    const provider = endpoint?.provider ?? host.provider;
    return {
      format,
      method,
      request: {
        provider: provider ?? format.defaultProvider,
        isProviderGuessed: provider === undefined,
        serverAddress: host.address,
        serverPort: host.port,
        pathFields: decoded(match.groups),
        bodyFields: {},
      },
      isCertain: provider !== undefined || route.isCommon !== true,
    };
  }
  return undefined;
}

function withoutQuery(path: string): string {
  const end = path.indexOf('?');
  return end === -1 ? path : path.slice(0, end);
}

/** By the last segment, by what follows a colon in it, or by the segment before it, which an id may follow. */
function routesOf(pathname: string): readonly FormatRoute[] | undefined {
  const lastSlash = pathname.lastIndexOf('/');
  const colon = pathname.lastIndexOf(':');
  const last = ROUTES_BY_ENDING.get(pathname.slice(Math.max(lastSlash, colon) + 1));
  if (last !== undefined || lastSlash <= 0) return last;
  return ROUTES_BY_ENDING.get(pathname.slice(pathname.lastIndexOf('/', lastSlash - 1) + 1, lastSlash));
}

function isAt({ address, pathPrefix = '' }: WireEndpoint, host: Host, pathname: string): boolean {
  return host.names.includes(address.toLowerCase()) && pathname.startsWith(pathPrefix);
}

/** What is known of an origin. */
interface Host {
  readonly address: string;
  readonly port: number | undefined;
  /** As a configuration may name it: with and without its port, and an IPv6 address with and without brackets. */
  readonly names: readonly string[];
  readonly provider: string | undefined;
}

/** A program calls a handful of origins. */
const HOSTS_REMEMBERED_MAX = 1000;
const hostsByOrigin = new Map<string, Host>();

function hostOf(origin: string): Host | undefined {
  const remembered = hostsByOrigin.get(origin);
  if (remembered !== undefined) return remembered;
  const url = URL.parse(origin);
  if (url === null) return undefined;
  const { hostname } = url;
  const address = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const port = portOf(url);
  const names = [hostname, address, `${hostname}:${port}`];
  const host = { address, port, names, provider: providerAtHost(address) };
  if (hostsByOrigin.size < HOSTS_REMEMBERED_MAX) hostsByOrigin.set(origin, host);
  return host;
}

function portOf({ port, protocol }: URL): number | undefined {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : protocol === 'http:' ? 80 : undefined;
}

function decoded(groups: Readonly<Record<string, string>> | undefined): Record<string, string | undefined> {
  const fields: Record<string, string | undefined> = {};
  for (const name in groups) {
    try {
      fields[name] = groups[name] === undefined ? undefined : decodeURIComponent(groups[name]);
    } catch {
      fields[name] = groups[name];
    }
  }
  return fields;
}
