/** What happens in a store besides its answers, for a log. */
export type StoreEvent =
  | {
      readonly code: 'archived';
      /** Segments of the journal up to this one are in the archive. */
      readonly throughSegment: number;
      readonly days: number;
      readonly records: number;
      readonly tookMillis: number;
    }
  /** The archive is as it was before, and the journal is kept; it is tried again. */
  | { readonly code: 'archive_failed'; readonly message: string }
  /** A frame of the journal that the database cannot take. It is kept in the quarantine, and its records are not in the books. */
  | { readonly code: 'frame_refused'; readonly records: number; readonly message: string }
  /** A part of the database could not be read: it is made again when the store is opened the next time. */
  | { readonly code: 'database_damaged'; readonly message: string };
