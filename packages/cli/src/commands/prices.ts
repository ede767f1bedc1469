import type { Command } from 'commander';
import { addPricesListCommand } from './prices-list.ts';
import { addPricesShowCommand } from './prices-show.ts';

export function addPricesCommand(program: Command): void {
  const prices = program
    .command('prices')
    .description('Looks into the price book.')
    .helpCommand(false)
    .addHelpText('after', '\nExample:\n  costspan prices show openai/gpt-5-mini');
  addPricesListCommand(prices);
  addPricesShowCommand(prices);
}
