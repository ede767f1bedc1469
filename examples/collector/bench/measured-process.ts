import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';

/** Clock ticks of a second in `/proc`, which is fixed on Linux. */
const TICKS_PER_SECOND = 100;

/** A process whose CPU time and memory are read from the system while it runs. */
export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];

  constructor(command: string, parameters: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(command, parameters, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#lines.push(text));
    }
  }

  get output(): string {
    return this.#lines.join('');
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** The first match of a pattern in what it prints. */
  async printed(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.output);
      if (found !== null) return found[1] ?? found[0];
      if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.output.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Seconds of CPU that it has used, in all its threads. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** The most memory since the last {@link resetPeak}. */
  peakMebibytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  resetPeak(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, '5');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.stdin?.end();
    this.#child.kill('SIGTERM');
    await exited;
  }
}
