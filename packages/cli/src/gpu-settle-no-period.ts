import type { GpuPool } from '@costspan/cost-model';
import type { ExampleCall, SettleFinding } from './gpu-settle-collector.ts';
import { printable } from './table.ts';

const POOLS_NAMED_MAX = 10;

/** Says why a file has nothing to settle: what one of its calls is like, and what the pools match. */
export function noPeriodFinding(pools: readonly GpuPool[], example: ExampleCall | undefined): SettleFinding {
  const [pool] = pools;
  const served = pools.length === 1 && pool !== undefined ? `pool ${pool.name}` : 'a pool';
  const start = `no request was served by ${served}, so there is no period`;
  if (example === undefined) {
    return { line: undefined, message: `${start}; name one with --from and --until` };
  }
  const { line, serviceName, serverAddress, provider, model } = example;
  const attributes = [
    ['service.name', serviceName],
    ['server.address', serverAddress],
    ['gen_ai.provider.name', provider],
    ['gen_ai.response.model', model],
  ].map(([key, value]) => `    ${key}: ${value === undefined ? 'not known' : printable(value)}`);
  const matches = pools.slice(0, POOLS_NAMED_MAX).map(({ name, match }) => {
    const keys = Object.entries(match).map(([key, patterns]) => `${key}: ${patterns.join(' or ')}`);
    return `  pool ${name} matches ${keys.join(', ')}`;
  });
  return {
    line,
    message: [
      start,
      '  Mend match of a pool, or name a period with --from and --until. This call has',
      ...attributes,
      ...matches,
      ...(pools.length > POOLS_NAMED_MAX ? [`  … ${pools.length - POOLS_NAMED_MAX} more pools`] : []),
    ].join('\n'),
  };
}
