import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The gateway that has a data folder open, as it announces itself there. */
export interface RunningGateway {
  /** Base address of its HTTP endpoints, for instance `http://127.0.0.1:4318`. */
  readonly url: string;
  readonly pid: number;
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
    const response = await fetch(new URL('/healthz', announced.url), { signal });
    await response.body?.cancel();
    return response.ok ? announced : undefined;
  } catch {
    return undefined;
  }
}

function readGatewayFile(path: string): RunningGateway | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof content !== 'object' || content === null) return undefined;
    const { url, pid } = content as Record<string, unknown>;
    return typeof url === 'string' && typeof pid === 'number' && URL.canParse(url) ? { url, pid } : undefined;
  } catch {
    return undefined;
  }
}
