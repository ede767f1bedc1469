import { spawn } from 'node:child_process';
import { dirname, delimiter } from 'node:path';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
}

export interface Finished {
  /** `exit status 1`, `SIGKILL`, `no end within 60 s`; `undefined` after success. */
  readonly failure: string | undefined;
  readonly stdout: string;
  /** The end of standard error and, for what only prints there, of standard output. */
  readonly tail: string;
}

const TAIL_CHARACTERS_MAX = 4000;

/** Runs a program to its end, with the Node that runs us first on its path. */
export async function runToEnd({ file, args, cwd, env, timeoutMillis }: Command): Promise<Finished> {
  const child = spawn(file, args, {
    cwd,
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let tail = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    tail = (tail + text).slice(-TAIL_CHARACTERS_MAX);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-TAIL_CHARACTERS_MAX);
  });
  let failure: string | undefined;
  // The whole process group, since a package manager has processes of its own.
  const killGroup = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(() => {
    failure = `no end within ${timeoutMillis / 1000} s`;
    killGroup();
  }, timeoutMillis);
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('error', (error) => {
    failure = error.message;
    resolve();
  });
  child.once('close', (code, signal) => {
    if (code !== 0) failure ??= signal ?? `exit status ${code}`;
    resolve();
  });
  process.once('exit', killGroup);
  await promise;
  process.removeListener('exit', killGroup);
  clearTimeout(timer);
  return { failure, stdout, tail };
}
