import type { StoreHealth } from '@costspan/store';

/** Whether a trace request would be taken now, and if not, why, in fixed words. */
export type ReadinessState =
  | { readonly ready: true }
  | { readonly ready: false; readonly problems: readonly string[] };

/** How long a failed try makes the forward target count as away: without traffic there is no other try. */
const FORWARD_PROBLEM_MILLIS = 10_000;

/** Tells load balancers and people whether the gateway would take a request. */
export class Readiness {
  #phase: 'starting' | 'running' | 'stopping' = 'starting';
  #store: () => StoreHealth | undefined = () => undefined;
  #forwardFailedAtMillis = Number.NEGATIVE_INFINITY;
  /** What keeps it from starting, in fixed words. */
  startupProblem: string | undefined;

  get phase(): 'starting' | 'running' | 'stopping' {
    return this.#phase;
  }

  run(store: () => StoreHealth): void {
    this.#store = store;
    this.#phase = 'running';
  }

  stop(): void {
    this.#phase = 'stopping';
  }

  /** How a try to reach a forward target ended, without which no request is taken. */
  recordForward(outcome: 'available' | 'unavailable'): void {
    this.#forwardFailedAtMillis = outcome === 'available' ? Number.NEGATIVE_INFINITY : performance.now();
  }

  get state(): ReadinessState {
    const problems: string[] = [];
    if (this.#phase !== 'running') problems.push(this.#phase);
    if (this.#phase === 'starting' && this.startupProblem !== undefined) problems.push(this.startupProblem);
    const { problem } = this.#store() ?? {};
    if (problem !== undefined) problems.push(`store: ${problem}`);
    if (performance.now() - this.#forwardFailedAtMillis < FORWARD_PROBLEM_MILLIS) {
      problems.push('forward target: unavailable');
    }
    return problems.length === 0 ? { ready: true } : { ready: false, problems };
  }
}
