import type { Command } from 'commander';
import { addPricesDiffCommand } from './prices-diff.ts';
import { addPricesImportCommand } from './prices-import.ts';
import { addPricesListCommand } from './prices-list.ts';
import { addPricesShowCommand } from './prices-show.ts';
import { addPricesSignCommand } from './prices-sign.ts';
import { addPricesUpdateCommand } from './prices-update.ts';
import { addPricesValidateCommand } from './prices-validate.ts';
import { addPricesVerifyCommand } from './prices-verify.ts';

export function addPricesCommand(program: Command): void {
  const prices = program
    .command('prices')
    .description('Looks into price books, compares, checks and imports them.')
    .helpCommand(false)
    .addHelpText('after', '\nExample:\n  costspan prices show openai/gpt-5-mini');
  addPricesListCommand(prices);
  addPricesShowCommand(prices);
  addPricesDiffCommand(prices);
  addPricesValidateCommand(prices);
  addPricesImportCommand(prices);
  addPricesUpdateCommand(prices);
  addPricesSignCommand(prices);
  addPricesVerifyCommand(prices);
}
