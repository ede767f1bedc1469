/** What the process ends with. A finding is a fact that the user asked about and should act on. */
export const EXIT_OK = 0;
export const EXIT_FINDING = 1;
export const EXIT_USAGE = 2;

/** The command line or a file that it names cannot be used as it is; the message says how to mend it. */
export class UsageError extends Error {}
