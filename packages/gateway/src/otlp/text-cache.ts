/** Texts that are remembered; a power of two. */
const SLOTS = 1024;
/** A longer text is content or an id, and is not remembered. */
const TEXT_BYTES_MAX = 64;

/**
 * The texts that spans repeat: names of models, of providers, of scopes. To decode one takes a call into the runtime
 * and a new string; to see that it is the one from the last span takes a comparison.
 *
 * Each text has one slot, by a hash of its bytes, and takes it from the one that was there before.
 */
export class TextCache {
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => '');

  /** The UTF-8 text at a place of a buffer. */
  read(buffer: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > TEXT_BYTES_MAX || length === 0) return buffer.toString('utf8', start, end);
    const slot = slotOf(buffer, start, length);
    const known = this.#texts[slot] ?? '';
    if (isText(known, buffer, start, length)) return known;
    const text = buffer.toString('utf8', start, end);
    this.#texts[slot] = text;
    return text;
  }
}

/**
 * Only ASCII is ever the same: any other character takes more bytes than one, or stands for a byte that is none in
 * UTF-8 and is then no character below 256.
 */
function isText(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = length - 1; index >= 0; index--) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}

function slotOf(bytes: Uint8Array, start: number, length: number): number {
  const last = start + length - 1;
  const hash =
    (length << 24) ^
    ((bytes[last] ?? 0) << 16) ^
    ((bytes[start + (length >> 1)] ?? 0) << 11) ^
    ((bytes[start + ((length * 3) >> 2)] ?? 0) << 5) ^
    (bytes[start] ?? 0);
  return Math.imul(hash, 0x9e3779b1) >>> 22;
}
