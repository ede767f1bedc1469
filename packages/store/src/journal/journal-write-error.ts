/** Why a frame was not written. The journal is as it was before. */
export class JournalWriteError extends Error {
  readonly code: 'closed' | 'queue_full' | 'disk_full' | 'io_error';

  constructor(code: JournalWriteError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'JournalWriteError';
    this.code = code;
  }
}

const NO_SPACE: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What a failure of the file system means to a writer. */
export function writeErrorOf(cause: unknown): JournalWriteError {
  if (cause instanceof JournalWriteError) return cause;
  const error: NodeJS.ErrnoException = cause instanceof Error ? cause : new Error(String(cause));
  return new JournalWriteError(NO_SPACE.has(error.code) ? 'disk_full' : 'io_error', error.message, { cause });
}
