import { existsSync, readFileSync } from 'node:fs';
import { checkPriceBook } from '@costspan/price-books';
import type { Command } from 'commander';
import { EXIT_FINDING, UsageError } from '../exit-code.ts';

interface PricesVerifyOptions {
  readonly key?: readonly string[];
  readonly json?: boolean;
}

export function addPricesVerifyCommand(prices: Command): void {
  prices
    .command('verify')
    .description('Checks the form, the digest and, with keys, the signature of a price book.')
    .argument('<book>', 'file of the price book; its signature is <book>.sig')
    .option('--key <file...>', 'public keys (PEM) of which one must have signed it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  costspan prices verify book.json --key acme.pem.pub')
    .action(verifyPrices);
}

function verifyPrices(book: string, { key, json }: PricesVerifyOptions): void {
  const text = read(book);
  const signatureFile = `${book}.sig`;
  const checked = checkPriceBook(text, {
    ...(key !== undefined && { publicKeys: key.map(read) }),
    ...(key !== undefined && existsSync(signatureFile) && { signature: read(signatureFile) }),
  });
  if (!checked.ok) process.exitCode = EXIT_FINDING;
  if (json === true) {
    const result = checked.ok
      ? { version: checked.data.version, digest: checked.data.digest, keyId: checked.keyId ?? null }
      : { error: checked.error };
    console.log(JSON.stringify({ book, ok: checked.ok, ...result }, null, 2));
  } else if (checked.ok) {
    const signed =
      checked.keyId === undefined
        ? 'signature not checked, as no --key was given'
        : `signed by key ${checked.keyId}`;
    console.log(`${book} is price book ${checked.data.version}, ${checked.data.digest}, ${signed}`);
  } else {
    console.log(`${book} is not good: ${checked.error.message}`);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}
