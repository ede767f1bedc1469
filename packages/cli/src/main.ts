#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT_OK, EXIT_USAGE, UsageError } from './exit-code.ts';
import { buildProgram } from './program.ts';

/** A reader that has seen enough, such as `head`, is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  throw error;
});

try {
  await buildProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  } else if (error instanceof UsageError) {
    console.error(`error: ${error.message}`);
    process.exitCode = EXIT_USAGE;
  } else {
    throw error;
  }
}
