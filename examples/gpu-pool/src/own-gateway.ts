import type { CostspanConfig } from '@costspan/config';
import { type Gateway, startGateway } from '@costspan/gateway';

/** A gateway on a free port, with its books in a folder. */
export async function startOwnGateway(config: CostspanConfig, dataFolder: string): Promise<Gateway> {
  const started = await startGateway(
    {
      ...config,
      gateway: { ...config.gateway, listen: { host: '127.0.0.1', port: 0 } },
      store: { ...config.store, path: dataFolder },
    },
    { env: {}, log: logWarning },
  );
  if (!started.ok) throw new Error(started.error.message);
  return started.gateway;
}

function logWarning(line: string): void {
  if (line.includes('warning')) console.error(line);
}
