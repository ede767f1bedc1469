/** Receives one line without its line end. */
export type LogSink = (line: string) => void;

const WARNING_INTERVAL_MILLIS = 10_000;

/**
 * The gateway's log: start and stop, and warnings of which each kind is written at most every ten seconds, with
 * the number that was left out. Callers pass fixed texts, counts and codes, never anything of a payload.
 */
export class GatewayLog {
  readonly #write: LogSink;
  readonly #nextMillisByKind = new Map<string, number>();
  readonly #suppressedByKind = new Map<string, number>();

  constructor(write: LogSink) {
    this.#write = write;
  }

  info(message: string): void {
    this.#write(`costspan: ${message}`);
  }

  /** What somebody has to look at; never left out. */
  alert(message: string): void {
    this.#write(`costspan: ALERT: ${message}`);
  }

  /** `kind` is one of a few fixed names; it decides what counts as the same warning. */
  warn(kind: string, message: string): void {
    const nowMillis = Date.now();
    const suppressed = this.#suppressedByKind.get(kind) ?? 0;
    if (nowMillis < (this.#nextMillisByKind.get(kind) ?? 0)) {
      this.#suppressedByKind.set(kind, suppressed + 1);
      return;
    }
    this.#nextMillisByKind.set(kind, nowMillis + WARNING_INTERVAL_MILLIS);
    this.#suppressedByKind.delete(kind);
    const more = suppressed === 0 ? '' : ` (and ${suppressed} more like it)`;
    this.#write(`costspan: warning: ${message}${more}`);
  }
}
