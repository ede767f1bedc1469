import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The gateway that has a data folder open, as it announces itself there. */
export interface RunningGateway {
  /** Base address that spans are sent to, for instance `http://127.0.0.1:4318`. */
  readonly url: string;
  readonly pid: number;
  /** Base address that commands of this machine ask. */
  readonly queryUrl: string;
  /** What they send with it: a gateway that has TLS or tokens wants to know that they may read the data folder. */
  readonly queryHeaders: Readonly<Record<string, string>>;
}

/** Written by the gateway into its data folder at start and removed at stop. */
const GATEWAY_FILE_NAME = 'gateway.json';
const ANSWER_TIMEOUT_MILLIS = 2000;

/** The gateway that a data folder names, if it answers: a killed one leaves its address behind. */
export async function findRunningGateway(dataFolder: string): Promise<RunningGateway | undefined> {
  const announced = readGatewayFile(join(dataFolder, GATEWAY_FILE_NAME));
  if (announced === undefined) return undefined;
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MILLIS);
    const response = await fetch(new URL('/healthz', announced.queryUrl), { signal });
    await response.body?.cancel();
    return response.ok ? announced : undefined;
  } catch {
    return undefined;
  }
}

function readGatewayFile(path: string): RunningGateway | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isObject(content)) return undefined;
    const { url, pid, local } = content;
    if (!isAddress(url) || typeof pid !== 'number') return undefined;
    if (local === undefined) return { url, pid, queryUrl: url, queryHeaders: {} };
    if (!isObject(local) || !isAddress(local['url']) || typeof local['token'] !== 'string') return undefined;
    const authorization = `Bearer ${local['token']}`;
    return { url, pid, queryUrl: local['url'], queryHeaders: { authorization } };
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value);
}
