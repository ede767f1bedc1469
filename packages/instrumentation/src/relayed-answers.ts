import type { WireCall } from './wire-call.ts';

/** Answers that are remembered; a relay has the same one within its own time. */
const ANSWERS_MAX = 1000;

interface SeenAnswer {
  /** Identifies the call; the call itself would keep its caller's span. */
  readonly request: WireCall['request'];
  readonly startMillis: number;
  readonly usage: string;
}

/**
 * Finds calls to a proxy that runs in this process: it asks the provider in turn, and the same answer passes twice. The
 * provider's call begins after the one that it serves, at another address, and bears its response id and its usage.
 */
export class RelayedAnswers {
  readonly #seen = new Map<string, SeenAnswer>();

  /** Whether the call is one whose answer came from further inside. Asked once the usage is known. */
  isRelayed({ request, startMillis, answer }: WireCall): boolean {
    const { responseId } = answer;
    if (responseId === undefined || answer.usage === undefined) return false;
    const usage = JSON.stringify(answer.usage);
    const seen = this.#seen.get(responseId);
    if (seen === undefined) {
      this.#remember(responseId, { request, startMillis, usage });
      return false;
    }
    return (
      seen.request !== request &&
      isElsewhere(seen, request) &&
      seen.startMillis >= startMillis &&
      seen.usage === usage
    );
  }

  #remember(responseId: string, answer: SeenAnswer): void {
    this.#seen.set(responseId, answer);
    if (this.#seen.size <= ANSWERS_MAX) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      break;
    }
  }
}

function isElsewhere({ request: seen }: SeenAnswer, request: WireCall['request']): boolean {
  return seen.serverAddress !== request.serverAddress || seen.serverPort !== request.serverPort;
}
