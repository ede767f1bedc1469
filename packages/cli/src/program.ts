import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addCheckCommand } from './commands/check.ts';
import { addEnrichCommand } from './commands/enrich.ts';
import { addGpuCommand } from './commands/gpu.ts';
import { addPriceCommand } from './commands/price.ts';
import { addPricesCommand } from './commands/prices.ts';
import { addReportCommand } from './commands/report.ts';
import { addUpCommand } from './commands/up.ts';

/** The `costspan` command. It throws on a wrong command line instead of ending the process. */
export function buildProgram(): Command {
  const program = new Command('costspan')
    .description('Tells what each AI request costs.')
    .version(packageVersion())
    .helpCommand(false)
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows the options)');
  addUpCommand(program);
  addReportCommand(program);
  addGpuCommand(program);
  addPriceCommand(program);
  addPricesCommand(program);
  addEnrichCommand(program);
  addCheckCommand(program);
  program.addHelpText(
    'after',
    '\nExit status: 0 ok, 1 a finding, 2 a wrong command line or configuration.\n\nExample:\n  costspan up',
  );
  return program;
}

function packageVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
