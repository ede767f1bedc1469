/** One line of a stream. `bytes` is `undefined` when it was longer than allowed and was not kept. */
export interface FileLine {
  readonly number: number;
  readonly bytes: Uint8Array | undefined;
}

const NEWLINE = 0x0a;

/**
 * Cuts a stream into lines, in batches of what one chunk completes. Never more than one chunk and one line of
 * `bytesMax` is held, whatever comes in; blank lines are counted, but left out.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<FileLine[]> {
  let number = 1;
  let parts: Uint8Array[] = [];
  let length = 0;
  const append = (part: Uint8Array): void => {
    length += part.length;
    if (length > bytesMax) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const take = (): FileLine | undefined => {
    const bytes = length > bytesMax ? undefined : joined(parts);
    const line = { number, bytes };
    number += 1;
    parts = [];
    length = 0;
    return bytes !== undefined && isBlank(bytes) ? undefined : line;
  };
  for await (const chunk of stream) {
    const lines: FileLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      append(chunk.subarray(start, end));
      const line = take();
      if (line !== undefined) lines.push(line);
      start = end + 1;
    }
    append(chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
  const last = length === 0 ? undefined : take();
  if (last !== undefined) yield [last];
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
