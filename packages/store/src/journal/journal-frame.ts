import { crc32 } from 'node:zlib';

/** A change of the books: what one write or one settlement brings, applied whole or not at all. */
export interface JournalFrame {
  readonly kind: 'write' | 'settlement';
  /** When it was written, by the system's clock. */
  readonly atUnixMillis: number;
  /** Records in it, so that a damaged frame can be counted. */
  readonly recordCount: number;
  /** JSON without a line break: a write as `WriteTexts` says it, or a settlement. */
  readonly payload: string;
}

/** A frame on its way to the journal; its payload may be encoded already. */
export type NewJournalFrame = Omit<JournalFrame, 'payload'> & { readonly payload: string | Buffer };

/** What a segment begins with: where the segment before it ended. The number of this frame is that of the last one before it. */
export interface SegmentStart {
  readonly kind: 'segment';
  readonly atUnixMillis: number;
  readonly recordCount: 0;
  /** JSON of a {@link JournalPosition}, or `null` in a journal that starts. */
  readonly payload: string;
}

/** Where a frame belongs: a frame that is found in another segment, or out of turn, is not taken for one. */
export interface FrameNumber {
  readonly segment: number;
  /** Counts the frames of the whole journal, so that the ones that are missing can be counted. */
  readonly frame: number;
}

/** The checked header of a frame. */
export interface FrameHeader extends FrameNumber {
  readonly kind: JournalFrame['kind'] | SegmentStart['kind'];
  readonly atUnixMillis: number;
  readonly recordCount: number;
  readonly headerBytes: number;
  readonly payloadBytes: number;
  readonly payloadCrc: number;
}

/** Frames with a longer payload are neither written nor read. */
export const PAYLOAD_BYTES_MAX: number = 256 * 1024 * 1024;

/** A header is never longer than this. */
export const HEADER_BYTES_MAX = 128;

/**
 * What a frame begins with. The line break comes first, so that no damage of the frame before can hide this one; JSON text
 * has none inside, so that nothing in a payload looks like the start of a frame.
 */
export const FRAME_START: Buffer = Buffer.from('\nCSJ1 ');

/** Two checksums of eight digits, each with a space behind it. */
const CHECKSUMS_BYTES = 18;

const HEADER =
  /^\nCSJ1 ((\d{1,10})\.(\d{1,15}) (write|settlement|segment) (\d{1,15}) (\d{1,10}) (\d{1,10}) ([0-9a-f]{8})) ([0-9a-f]{8}) /;

/** At most this many bytes are taken by a frame whose payload has `payloadBytes`. */
export function frameBytesMax(payloadBytes: number): number {
  return HEADER_BYTES_MAX + payloadBytes;
}

/**
 * Writes a frame as one line of text and gives the number of its bytes:
 *
 *     \nCSJ1 <segment>.<frame> <kind> <time> <records> <payload bytes> <CRC of payload> <CRC of header> <payload>
 *
 * The header has a checksum of its own, so that its length can be trusted, and its records counted when its payload cannot
 * be read. A person reads it with `tail -n 1 | cut -d ' ' -f 9- | jq`.
 */
export function writeFrame(
  target: Buffer,
  offset: number,
  frame: NewJournalFrame | SegmentStart,
  place: FrameNumber & { readonly payloadBytes: number },
): number {
  const { payloadBytes } = place;
  const fields = `${place.segment}.${place.frame} ${frame.kind} ${frame.atUnixMillis} ${frame.recordCount} ${payloadBytes} `;
  const payloadOffset = offset + FRAME_START.length + fields.length + CHECKSUMS_BYTES;
  if (typeof frame.payload === 'string') target.write(frame.payload, payloadOffset, payloadBytes, 'utf8');
  else frame.payload.copy(target, payloadOffset);
  const payloadCrc = crc32(target.subarray(payloadOffset, payloadOffset + payloadBytes));
  const checked = fields + hex(payloadCrc);
  target.write(`\nCSJ1 ${checked} ${hex(crc32(checked))} `, offset, 'latin1');
  return payloadOffset + payloadBytes - offset;
}

/** Reads the header that `bytes` begins with; `undefined` when that is none, or a damaged one. */
export function readHeader(bytes: Buffer): FrameHeader | undefined {
  const match = HEADER.exec(bytes.toString('latin1', 0, HEADER_BYTES_MAX));
  if (match === null) return undefined;
  const [text, checked = '', segment, frame, kind, atUnixMillis, recordCount, payloadBytes, crc, headerCrc] =
    match;
  if (crc32(checked) !== Number.parseInt(headerCrc ?? '', 16)) return undefined;
  if (Number(payloadBytes) > PAYLOAD_BYTES_MAX) return undefined;
  return {
    segment: Number(segment),
    frame: Number(frame),
    kind: kind as FrameHeader['kind'],
    atUnixMillis: Number(atUnixMillis),
    recordCount: Number(recordCount),
    headerBytes: text.length,
    payloadBytes: Number(payloadBytes),
    payloadCrc: Number.parseInt(crc ?? '', 16),
  };
}

/** Whether the text could be cut off inside a header: the beginning of one, and no whole one. */
export function isPartOfHeader(text: string): boolean {
  return text.length < HEADER_BYTES_MAX && /^\n(C(S(J(1( [ -~]*)?)?)?)?)?$/.test(text) && !HEADER.test(text);
}

/** Faster than `toString(16)`, which is slow for numbers of 32 bits. */
function hex(crc: number): string {
  return `${HEX[crc >>> 24]}${HEX[(crc >>> 16) & 255]}${HEX[(crc >>> 8) & 255]}${HEX[crc & 255]}`;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_each, byte) =>
  byte.toString(16).padStart(2, '0'),
);
