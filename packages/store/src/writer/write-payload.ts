import type { CostRecord } from '@costspan/cost-model';

/**
 * What a write brings, each record as the JSON text that is stored.
 *
 * In a frame's payload every text stands between two tabs, which JSON takes for spaces and which no text of
 * `JSON.stringify` has inside: `{"records":[⇥{…}⇥,⇥{…}⇥],"corrections":[],"context":⇥{…}⇥}`. So it is read by splitting, and a
 * stored text is the same after a restart to the byte.
 */
export interface WriteTexts {
  readonly records: readonly string[];
  readonly corrections: readonly string[];
  readonly context?: string | undefined;
}

/** What stands between two texts of records. */
export const TEXT_SEPARATOR = '\t,\t';

const RECORDS = '{"records":[';
const CORRECTIONS = '],"corrections":[';
const CONTEXT = '],"context":';

export function writePayload(texts: WriteTexts): string {
  return `${RECORDS}${between(texts.records)}${afterRecords(texts)}`;
}

/** The same as bytes, with the part of them that is the records' texts, {@link TEXT_SEPARATOR} between them. */
export function encodeWrite(texts: WriteTexts): { readonly payload: Buffer; readonly records: Buffer } {
  const rest = afterRecords(texts);
  const payload = Buffer.from(`${RECORDS}${between(texts.records)}${rest}`);
  if (texts.records.length === 0) return { payload, records: payload.subarray(0, 0) };
  const end = payload.length - Buffer.byteLength(rest);
  return { payload, records: payload.subarray(RECORDS.length + 1, end - 1) };
}

function afterRecords({ corrections, context }: WriteTexts): string {
  const head = `${CORRECTIONS}${between(corrections)}`;
  return context === undefined ? `${head}]}` : `${head}${CONTEXT}\t${oneLine(context)}\t}`;
}

function between(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `\t${texts.join(TEXT_SEPARATOR)}\t`;
}

/** JSON as one line without tabs. */
function oneLine(json: string): string {
  return /[\t\n\r]/.test(json) ? JSON.stringify(JSON.parse(json)) : json;
}

/** @throws SyntaxError when it is neither of this form nor JSON. */
export function readWritePayload(payload: string): WriteTexts {
  return splitPayload(payload) ?? parsePayload(payload);
}

type Part = 'records' | 'corrections' | 'context';

function splitPayload(payload: string): WriteTexts | undefined {
  const pieces = payload.split('\t');
  if (pieces.at(-1)?.endsWith('}') !== true) return undefined;
  const records: string[] = [];
  const corrections: string[] = [];
  let context: string | undefined;
  let part: Part = 'records';
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 1) {
      if (part === 'records') records.push(piece);
      else if (part === 'corrections') corrections.push(piece);
      else context = piece;
      continue;
    }
    const next: Part | undefined = PART_AFTER.get(piece) ?? (piece === ',' ? part : undefined);
    if (next === undefined) return undefined;
    part = next;
  }
  return { records, corrections, ...(context !== undefined && { context }) };
}

/** What stands between two texts, and what the text after it is. */
const PART_AFTER: ReadonlyMap<string, Part> = new Map([
  [RECORDS, 'records'],
  [CORRECTIONS, 'corrections'],
  [`${RECORDS}${CORRECTIONS}`, 'corrections'],
  [CONTEXT, 'context'],
  [`${CORRECTIONS}${CONTEXT}`, 'context'],
  [`${RECORDS}${CORRECTIONS}${CONTEXT}`, 'context'],
  [`${CORRECTIONS}]}`, 'context'],
  [`${RECORDS}${CORRECTIONS}]}`, 'context'],
  [']}', 'context'],
  ['}', 'context'],
]);

function parsePayload(payload: string): WriteTexts {
  const parsed = JSON.parse(payload) as {
    readonly records?: readonly CostRecord[];
    readonly corrections?: readonly CostRecord[];
    readonly context?: unknown;
  };
  const texts = (records: readonly CostRecord[] | undefined): string[] =>
    (records ?? []).map((record) => JSON.stringify(record));
  return {
    records: texts(parsed.records),
    corrections: texts(parsed.corrections),
    ...(parsed.context !== undefined && { context: JSON.stringify(parsed.context) }),
  };
}
