import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a running gateway says how it is reached; a killed one leaves the file behind. */
const GATEWAY_FILE = 'gateway.json';

/** Announces a gateway in its data folder; false when that cannot be written. A reader sees the whole file or none. */
export function writeGatewayFile(dataFolder: string, url: string): boolean {
  const path = join(dataFolder, GATEWAY_FILE);
  const unfinished = `${path}.tmp`;
  try {
    writeFileSync(unfinished, `${JSON.stringify({ url, pid: process.pid })}\n`);
    renameSync(unfinished, path);
    return true;
  } catch {
    return false;
  }
}

export function removeGatewayFile(dataFolder: string): void {
  rmSync(join(dataFolder, GATEWAY_FILE), { force: true });
}
