/** A change of the books: what one write or one settlement brings, applied whole or not at all. */
export interface JournalFrame {
  readonly kind: 'write' | 'settlement';
  /** When it was written, by the system's clock. */
  readonly atUnixMillis: number;
  /** Records in it, so that a damaged frame can be counted. */
  readonly recordCount: number;
  /** JSON without a line break: {@link WritePayload} or a settlement. */
  readonly payload: string;
}

/** The payload of a `write`. */
export interface WritePayload {
  /** Cost records; one whose key exists already changes nothing. */
  readonly records: readonly unknown[];
  /** Cost records that take the place of those with their keys. */
  readonly corrections: readonly unknown[];
  /** What the writer wants to read again after a restart; the store does not look at it. */
  readonly context?: unknown;
}
