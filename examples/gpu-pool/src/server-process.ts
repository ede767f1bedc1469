import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const STOP_TIMEOUT_MILLIS = 10_000;

export interface ServerProcess {
  readonly url: string;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Starts a program of the example and waits for the line in which it prints its address. None of them outlives this
 * process.
 */
export async function startServerProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    cwd: FOLDER,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  const ended = once(child, 'exit').then(() => running.delete(child));
  const line = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const url = await Promise.race([line.then(([text]) => /http:\S+/.exec(text)?.[0]), ended]);
  if (typeof url !== 'string') throw new Error(`${args.join(' ')} did not start`);
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MILLIS);
      await ended;
      clearTimeout(timer);
    },
  };
}
