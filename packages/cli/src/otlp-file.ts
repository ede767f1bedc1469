import { gunzipSync } from 'node:zlib';
import type { OtlpEncoding } from '@costspan/gateway';
import { UsageError } from './exit-code.ts';

/** One trace request of a file, and the line where it starts, counted from 1. */
export interface OtlpFileRequest {
  readonly lineNumber: number;
  readonly body: Uint8Array;
}

const NEWLINE = 0x0a;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
/** Space, tab, carriage return: what may stand around a line. */
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d]);
/** The tag of `resource_spans`, the only field of a protobuf trace request. */
const PROTOBUF_FIRST_BYTE = 0x0a;
const GZIP_FIRST_BYTES = [0x1f, 0x8b] as const;

/** A protobuf trace request starts with the tag of its only field; JSON never does unless it starts with an empty line. */
export function detectOtlpEncoding(content: Uint8Array): OtlpEncoding {
  return content[0] === PROTOBUF_FIRST_BYTE ? 'protobuf' : 'json';
}

/**
 * The content itself, or what it is compressed from.
 *
 * @throws UsageError when it is damaged, or larger than that.
 */
export function decompressOtlpFile(content: Uint8Array, bytesMax: number): Uint8Array {
  if (content[0] !== GZIP_FIRST_BYTES[0] || content[1] !== GZIP_FIRST_BYTES[1]) return content;
  try {
    return gunzipSync(content, { maxOutputLength: bytesMax });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_BUFFER_TOO_LARGE') throw new UsageError('its gzip compression is damaged');
    throw new UsageError(`it decompresses to more than ${bytesMax} bytes; split it and enrich the parts`);
  }
}

/** Whether an export request of traces is in it, if one without spans; metrics and logs have names of their own. */
export function hasTraceRequest(content: Uint8Array): boolean {
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).includes('"resourceSpans"');
}

/**
 * Splits the content of a file into trace requests.
 *
 * 1. Protobuf has no lines: the file is one request.
 * 2. JSON whose first line is JSON by itself is one request a line; blank lines are passed over.
 * 3. Other JSON that is valid as a whole is one request, however its lines are broken.
 * 4. What is left is damaged somewhere. It is one request written over several lines when its first line is not
 *    complete and no other line starts an object; otherwise it is one request a line, so that the others are read.
 */
export function splitOtlpFile(content: Uint8Array, encoding: OtlpEncoding): OtlpFileRequest[] {
  if (encoding === 'protobuf') return [{ lineNumber: 1, body: content }];
  const lines = splitLines(content);
  const [first, ...others] = lines;
  if (first === undefined) return [];
  if (others.length === 0 || isJson(first.body)) return lines;
  const firstIsComplete = first.body.at(-1) === CLOSING_BRACE;
  const isOneRequest =
    isJson(content) || (!firstIsComplete && !others.some(({ body }) => body[0] === OPENING_BRACE));
  return isOneRequest ? [{ lineNumber: first.lineNumber, body: content }] : lines;
}

function isJson(content: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(content));
    return true;
  } catch {
    // Not JSON, or longer than a text can be.
    return false;
  }
}

/** The lines that are not blank, without the blanks at their ends. */
function splitLines(content: Uint8Array): OtlpFileRequest[] {
  const lines: OtlpFileRequest[] = [];
  let start = 0;
  for (let lineNumber = 1; start < content.length; lineNumber++) {
    const newline = content.indexOf(NEWLINE, start);
    let end = newline === -1 ? content.length : newline;
    const next = end + 1;
    while (end > start && BLANKS.has(content[end - 1] ?? 0)) end -= 1;
    if (end > start) lines.push({ lineNumber, body: content.subarray(start, end) });
    start = next;
  }
  return lines;
}
