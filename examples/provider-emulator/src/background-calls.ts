import type { LedgerEntry } from './ledger.ts';
import type { BackgroundCall, ModelAnswer, WireCall } from './wire-api.ts';

/** A call is finished when it was asked for so often. */
const QUESTIONS_UNTIL_FINISHED = 2;

/** A call that was answered before it was done. */
export interface StartedCall {
  /** The path at which it was asked for; it is asked about at this path and its id. */
  readonly path: string;
  readonly call: WireCall;
  readonly background: BackgroundCall;
  readonly answer: ModelAnswer;
  /** What it is booked as once it is finished. */
  readonly entry: LedgerEntry;
}

interface RunningCall extends StartedCall {
  questions: number;
}

/** The calls that go on after their first answer; as bounded as the ledger. */
export class BackgroundCalls {
  readonly #calls = new Map<string, RunningCall>();

  start(started: StartedCall): void {
    this.#calls.set(`${started.path}/${started.background.id(started.answer)}`, { ...started, questions: 0 });
  }

  /**
   * What is answered to `GET path`, and the entry for the ledger when it is finished with this very answer.
   * `undefined` for a path of no call.
   */
  ask(path: string): { readonly body: object; readonly finished?: LedgerEntry } | undefined {
    const running = this.#calls.get(path);
    if (running === undefined) return undefined;
    const { call, answer, background, entry } = running;
    running.questions += 1;
    if (running.questions < QUESTIONS_UNTIL_FINISHED) {
      return { body: background.pendingBody(answer, running.questions) };
    }
    const isFirst = running.questions === QUESTIONS_UNTIL_FINISHED;
    return { body: call.body(answer), ...(isFirst && { finished: entry }) };
  }
}
