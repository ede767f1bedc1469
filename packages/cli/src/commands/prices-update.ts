import { PriceBooks } from '@costspan/price-books';
import type { Command } from 'commander';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';
import { configFolder, requireConfig } from '../load-config.ts';

interface PricesUpdateOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export function addPricesUpdateCommand(prices: Command): void {
  prices
    .command('update')
    .description('Fetches a newer price book from prices.update.url, verifies it and puts it in force.')
    .option('--config <file>', 'configuration (default: costspan.yaml)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  costspan prices update --config costspan.yaml')
    .action(updatePrices);
}

async function updatePrices(options: PricesUpdateOptions): Promise<void> {
  const config = requireConfig(options);
  if (config.prices.update === undefined) {
    throw new UsageError(
      'nothing is fetched, as the configuration has no prices.update; add for instance\n' +
        '  prices: { update: { url: "https://prices.example.com/book.json", allowed_hosts: [prices.example.com] } }',
    );
  }
  const opened = PriceBooks.open({
    prices: config.prices,
    overhead: config.overhead,
    folder: configFolder(options),
    onWarning: (message) => {
      console.error(`warning: ${message}`);
    },
  });
  if (!opened.ok) throw new UsageError(opened.errors.join('\n'));
  const { books } = opened;
  await books.load();
  const before = books.current.version;
  const result = await books.update();
  await books.stop();
  const { version, digest } = books.current;
  if (result?.ok !== true) process.exitCode = EXIT_FINDING;
  if (options.json === true) {
    const error = result?.ok === false ? result.error : null;
    const outcome = result?.ok === true ? result.outcome : 'refused';
    console.log(JSON.stringify({ outcome, before, priceBook: { version, digest }, error }, null, 2));
  } else if (result?.ok === false) {
    console.error(`not updated: ${result.error.message}`);
    console.log(`In force: price book ${version}, ${digest}`);
  } else {
    const change = version === before ? 'Up to date' : `Updated from ${before}`;
    console.log(`${change}: price book ${version}, ${digest}`);
  }
}
