import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** From the start of a process to the line with its address. */
const START_TIMEOUT_MILLIS = 30_000;
/** From the request to stop until the process is killed. */
const STOP_TIMEOUT_MILLIS = 10_000;
const STDERR_LINES_MAX = 30;
const STDERR_LINE_CHARACTERS_MAX = 500;

/** A program that the demo runs beside itself. */
export interface ProcessSpec {
  readonly name: string;
  /** Arguments for Node. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that printed the address it listens on. */
export interface RunningProcess {
  readonly url: string;
  /** Asks the process to end and waits until it has. */
  stop(): Promise<void>;
  /** A failure of this process that was noticed from outside; works after its end, too. */
  failure(what: string): ProcessFailure;
}

/** A process did not start, ended on its own, or failed; the message carries the end of its standard error. */
export class ProcessFailure extends Error {
  constructor(name: string, what: string, stderrTail: readonly string[]) {
    const tail = stderrTail.map((line) => `  ${line}`).join('\n');
    super(`${name} ${what}${tail === '' ? '' : `; the end of its standard error:\n${tail}`}`);
  }
}

/** Starts processes and leaves none behind. Each gets a process group of its own, so that Ctrl-C reaches only us. */
export class ProcessGroup {
  /** Rejects when a started server ends without being asked to. */
  readonly failure: Promise<never>;
  readonly #children = new Set<Child>();
  readonly #fail: (failure: ProcessFailure) => void;

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    this.failure = promise;
    this.#fail = reject;
    this.failure.catch(() => {});
  }

  /** Starts a server and waits for the line in which it prints its address. */
  async startServer(spec: ProcessSpec): Promise<RunningProcess> {
    const child = this.#spawn(spec);
    const url = await Promise.race([
      child.url,
      child.ended,
      delay(START_TIMEOUT_MILLIS, 'timeout', { ref: false }),
    ]);
    if (typeof url !== 'string' || url === 'timeout') {
      const what = typeof url === 'string' ? `did not start within ${START_TIMEOUT_MILLIS} ms` : ended(url);
      throw new ProcessFailure(spec.name, what, child.stderrTail);
    }
    void child.ended.then((end) => {
      if (!child.stopping) this.#fail(new ProcessFailure(spec.name, ended(end), child.stderrTail));
    });
    return {
      url,
      stop: () => this.#stop(child),
      failure: (what) => new ProcessFailure(spec.name, what, child.stderrTail),
    };
  }

  /** Runs a command to its end with our own standard output. */
  async run(spec: ProcessSpec): Promise<void> {
    const child = this.#spawn(spec, 'inherit');
    const end = await child.ended;
    this.#children.delete(child);
    if (end.code !== 0) throw new ProcessFailure(spec.name, ended(end), child.stderrTail);
  }

  /** Stops what still runs, the last started first. */
  async stopAll(): Promise<void> {
    for (const child of [...this.#children].toReversed()) await this.#stop(child);
  }

  /** Kills what still runs, at once. */
  killAll(): void {
    for (const child of this.#children) kill(child.process, 'SIGKILL');
  }

  #spawn(spec: ProcessSpec, stdout: 'pipe' | 'inherit' = 'pipe'): Child {
    const child = new Child(spec, stdout);
    this.#children.add(child);
    return child;
  }

  async #stop(child: Child): Promise<void> {
    child.stopping = true;
    child.process.kill('SIGTERM');
    const end = await Promise.race([child.ended, delay(STOP_TIMEOUT_MILLIS, undefined, { ref: false })]);
    if (end === undefined) {
      kill(child.process, 'SIGKILL');
      await child.ended;
    }
    this.#children.delete(child);
  }
}

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

class Child {
  readonly process: ChildProcess;
  /** The first address that is printed; never, when none is. */
  readonly url: Promise<string>;
  readonly ended: Promise<End>;
  readonly stderrTail: string[] = [];
  stopping = false;

  constructor(spec: ProcessSpec, stdout: 'pipe' | 'inherit') {
    this.process = spawn(process.execPath, [...process.execArgv, ...spec.args], {
      ...(spec.cwd !== undefined && { cwd: spec.cwd }),
      env: { ...process.env, ...spec.env },
      stdio: ['ignore', stdout, 'pipe'],
      detached: true,
    });
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal }));
      this.process.once('error', (error) => {
        this.stderrTail.push(error.message);
        resolve({ code: null, signal: null });
      });
    });
    this.url = new Promise((resolve) => {
      if (this.process.stdout === null) return;
      createInterface(this.process.stdout).on('line', (line) => {
        const url = /https?:\/\/[\w.:[\]-]+/.exec(line)?.[0];
        if (url !== undefined) resolve(url);
      });
    });
    if (this.process.stderr !== null) {
      createInterface(this.process.stderr).on('line', (line) => {
        this.stderrTail.push(line.slice(0, STDERR_LINE_CHARACTERS_MAX));
        if (this.stderrTail.length > STDERR_LINES_MAX) this.stderrTail.shift();
      });
    }
  }
}

function ended({ code, signal }: End): string {
  return signal === null ? `ended with exit status ${code ?? 'unknown'}` : `was ended by ${signal}`;
}

/** Signals the whole process group, or the process alone where there are no groups. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}
