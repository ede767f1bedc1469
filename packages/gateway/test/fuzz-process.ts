/**
 * Runs the fuzz targets for long: `node --conditions=@costspan/source packages/gateway/test/fuzz-process.ts --executions
 * 10000000 --processes 2`. Prints the seed of each process, which repeats it, and ends with 1 when anything broke.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { bodyTarget } from './fuzz/body-target.ts';
import { enrichmentTarget } from './fuzz/enrichment-target.ts';
import { fuzz, type FuzzTarget } from './fuzz/fuzz.ts';
import { httpTarget } from './fuzz/http-target.ts';

/** Each target and its part of the executions. */
const TARGETS: Readonly<
  Record<string, { readonly open: () => FuzzTarget | Promise<FuzzTarget>; readonly share: number }>
> = {
  protobuf: { open: () => enrichmentTarget('protobuf'), share: 0.66 },
  json: { open: () => enrichmentTarget('json'), share: 0.3 },
  body: { open: bodyTarget, share: 0.03 },
  http: { open: httpTarget, share: 0.01 },
};

const { values } = parseArgs({
  options: {
    executions: { type: 'string', default: '10000000' },
    processes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    target: { type: 'string' },
  },
});
const executions = Number(values.executions);
const processes = Number(values.processes);
const seed = Number(values.seed);

if (processes > 1) await inProcesses();
else await inThisProcess();

async function inProcesses(): Promise<void> {
  const each = String(Math.ceil(executions / processes));
  const only = values.target === undefined ? [] : ['--target', values.target];
  const codes = await Promise.all(
    Array.from({ length: processes }, async (_each, index) => {
      const child = fork(import.meta.filename, [
        '--executions',
        each,
        '--seed',
        String(seed + index),
        ...only,
      ]);
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    }),
  );
  process.exitCode = codes.every((code) => code === 0) ? 0 : 1;
}

async function inThisProcess(): Promise<void> {
  const chosen = Object.entries(TARGETS).filter(
    ([name]) => values.target === undefined || name === values.target,
  );
  const shares = chosen.reduce((sum, [, { share }]) => sum + share, 0);
  for (const [name, { open, share }] of chosen) {
    const target = await open();
    const start = performance.now();
    const seconds = (): string => ((performance.now() - start) / 1000).toFixed(0);
    const result = await fuzz(target, {
      executions: Math.ceil((executions * share) / shares),
      seed,
      onProgress(count) {
        if (count % 500_000 === 0) console.log(`${name}: ${count} executions in ${seconds()} s`);
      },
    });
    await target.close?.();
    console.log(
      `${name}: ${result.executions} executions in ${seconds()} s with seed ${seed}, ${result.outcomes} outcomes, ` +
        `slowest ${result.slowestMillis.toFixed(1)} ms, ${result.failures.length} failures`,
    );
    for (const { message, bytes } of result.failures) console.error(`${message}\n${bytes}\n`);
    if (result.failures.length > 0) process.exitCode = 1;
  }
}
