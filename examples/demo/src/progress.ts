import type { WriteStream } from 'node:tty';

const BAR_CHARACTERS = 30;
/** Where no line can be rewritten, a line is printed at each of so many parts. */
const PLAIN_PARTS = 4;

/** Shows how far a countable piece of work has come. */
export interface Progress {
  update(finished: number, failed: number): void;
  end(): void;
}

/** One line that is rewritten on a terminal, a few lines elsewhere. */
export function showProgress(what: string, total: number, output: WriteStream): Progress {
  const text = (finished: number, failed: number): string =>
    `${what}: ${finished} of ${total}${failed > 0 ? `, ${failed} failed` : ''}`;
  if (!output.isTTY) {
    let part = 0;
    return {
      update(finished, failed) {
        const reached = Math.floor((finished * PLAIN_PARTS) / total);
        if (reached > part) output.write(`  ${text(finished, failed)}\n`);
        part = reached;
      },
      end() {},
    };
  }
  return {
    update(finished, failed) {
      const filled = Math.round((finished / total) * BAR_CHARACTERS);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
      output.write(`\r  ${bar} ${text(finished, failed)}`);
    },
    end() {
      output.write('\r\u001B[K');
    },
  };
}
