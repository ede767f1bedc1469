/** Long enough for the providers' prompt caches, which start at 1,024 tokens; the emulator counts four characters each. */
export function longPrompt(topic: string): string {
  return `${topic}: ${'describe the state of each order in the list and say why it is late. '.repeat(120)}`;
}

/** Leaves a stream after its first pieces. */
export async function breakOff(stream: AsyncIterable<unknown>, pieces = 2): Promise<void> {
  let seen = 0;
  for await (const _ of stream) {
    seen += 1;
    if (seen >= pieces) break;
  }
}

export async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) continue;
}
