import { UsageError } from './exit-code.ts';

/** More is neither a page of metrics nor an answer to our questions. */
export const TEXT_BYTES_MAX: number = 16 * 1024 * 1024;
const TIMEOUT_MILLIS = 15_000;
const SHOWN_CHARACTERS_MAX = 200;

/**
 * The text at an address, read to a limit and for a time.
 *
 * @throws UsageError when nobody answers, or not with 200, or with too much.
 */
export async function fetchText(address: string | URL, what: string): Promise<string> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MILLIS) });
    const text = await readBounded(response);
    if (response.ok && text !== undefined) return text;
    const answer =
      text === undefined ? `more than ${TEXT_BYTES_MAX} bytes` : text.slice(0, SHOWN_CHARACTERS_MAX);
    throw new UsageError(
      `${what} at ${new URL(address).origin} answered ${response.status}: ${answer.trim()}`,
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { message, cause } = error as Error;
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw new UsageError(`cannot read ${what} at ${new URL(address).origin}: ${reason}`);
  }
}

async function readBounded(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > TEXT_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
