import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a running gateway says how it is reached; a killed one leaves the file behind. */
const GATEWAY_FILE = 'gateway.json';

/** How a gateway is reached. */
export interface GatewayAddress {
  readonly url: string;
  /** Where commands on the same machine ask, and the token that they need; absent: they ask like everybody else. */
  readonly local?: { readonly url: string; readonly token: string } | undefined;
}

/**
 * Announces a gateway in its data folder; false when that cannot be written. A reader sees the whole file or none, and a
 * token only the user that the gateway runs as.
 */
export function writeGatewayFile(dataFolder: string, address: GatewayAddress): boolean {
  const path = join(dataFolder, GATEWAY_FILE);
  const unfinished = `${path}.tmp`;
  try {
    rmSync(unfinished, { force: true });
    const text = `${JSON.stringify({ ...address, pid: process.pid })}\n`;
    const mode = address.local === undefined ? 0o644 : 0o600;
    writeFileSync(unfinished, text, { mode, flag: 'wx' });
    renameSync(unfinished, path);
    return true;
  } catch {
    return false;
  }
}

export function removeGatewayFile(dataFolder: string): void {
  rmSync(join(dataFolder, GATEWAY_FILE), { force: true });
}
