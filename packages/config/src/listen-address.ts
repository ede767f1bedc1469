import type { ListenAddress } from './costspan-config.ts';

const LISTEN_PATTERN = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<name>[A-Za-z0-9._-]+)):(?<port>\d{1,5})$/;
const PORT_MAX = 65_535;

/** Reads `HOST:PORT`, with an IPv6 host in brackets: `127.0.0.1:4318`, `[::1]:4318`. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const groups = LISTEN_PATTERN.exec(text)?.groups;
  const host = groups?.['ipv6'] ?? groups?.['name'];
  const port = Number(groups?.['port']);
  return host === undefined || port > PORT_MAX ? undefined : { host, port };
}

export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
