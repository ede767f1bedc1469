import type { CostspanConfig } from '@costspan/config';
import type { GpuPool } from '@costspan/cost-model';
import { UsageError } from './exit-code.ts';

/** The pools of the configuration, or the one that is asked for. */
export function selectPools(config: CostspanConfig, name: string | undefined): readonly GpuPool[] {
  if (name === undefined) return config.pools;
  const pool = config.pools.find((one) => one.name === name);
  if (pool === undefined) {
    const names = config.pools.map((one) => one.name).join(', ');
    throw new UsageError(`no pool is called ${name}; the configuration has ${names === '' ? 'none' : names}`);
  }
  return [pool];
}

/** What a configuration without pools lacks, ready to be filled in. */
export const NO_POOLS_TEXT = `No GPU pools are configured. Describe the hardware in costspan.yaml:

pools:
  - name: llama-70b
    match: { server.address: "10.0.0.7" }
    gpus: 1
    rates:
      - { from: 2026-01-01, per_hour: "4.00" }
`;
