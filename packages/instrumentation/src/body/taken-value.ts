import { BACKSLASH, QUOTE } from './json-bytes.ts';

const TEXT_LENGTH_MAX = 256;
const DEPTH_MAX = 16;

/**
 * Reads one whole JSON value. Texts of more than 256 characters and what is more than 16 levels deep are left out;
 * `undefined` when that is the value itself.
 *
 * @throws SyntaxError where it is malformed.
 */
export function readTakenValue(bytes: Buffer, start: number, end: number): unknown {
  // Most values are short texts, which need no parser.
  if (isPlainText(bytes, start, end)) return bytes.toString('latin1', start + 1, end - 1);
  const value: unknown = JSON.parse(bytes.toString('utf8', start, end));
  return isKept(value, 1) ? value : undefined;
}

/** Removes what is too long or too deep; false when that is the value itself. */
function isKept(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.length <= TEXT_LENGTH_MAX;
  if (typeof value !== 'object' || value === null) return true;
  if (depth > DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    const kept = value.filter((element) => isKept(element, depth + 1));
    if (kept.length < value.length) value.splice(0, value.length, ...kept);
    return true;
  }
  const fields = value as Record<string, unknown>;
  for (const key in fields) {
    if (!isKept(fields[key], depth + 1)) Reflect.deleteProperty(fields, key);
  }
  return true;
}

/** Whether a JSON value is a string without escapes that reads the same in ASCII. */
function isPlainText(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] !== QUOTE || end - start > TEXT_LENGTH_MAX) return false;
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return false;
  }
  return true;
}
