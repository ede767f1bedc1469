import type { OtlpEncoding } from '@costspan/gateway';

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

/** A protobuf trace request starts with the tag of its only field; JSON never does unless it starts with an empty line. */
export function detectOtlpEncoding(content: Uint8Array): OtlpEncoding {
  return content[0] === PROTOBUF_FIRST_BYTE ? 'protobuf' : 'json';
}

/**
 * Splits the content of a file into trace requests.
 *
 * 1. Protobuf has no lines: the file is one request.
 * 2. JSON whose first line is not complete, and in which no other line starts an object, is one request
 *    written over several lines.
 * 3. Other JSON is one request a line; blank lines are passed over.
 */
export function splitOtlpFile(content: Uint8Array, encoding: OtlpEncoding): OtlpFileRequest[] {
  if (encoding === 'protobuf') return [{ lineNumber: 1, body: content }];
  const lines = splitLines(content);
  const [first, ...others] = lines;
  if (first === undefined) return [];
  const firstIsComplete = first.body.at(-1) === CLOSING_BRACE;
  const isOneRequest = !firstIsComplete && !others.some(({ body }) => body[0] === OPENING_BRACE);
  return isOneRequest ? [{ lineNumber: first.lineNumber, body: content }] : lines;
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
