import { readFileSync, writeFileSync } from 'node:fs';
import { generateSigningKey, signPriceBook } from '@costspan/price-books';
import type { Command } from 'commander';
import { UsageError } from '../exit-code.ts';

interface PricesSignOptions {
  readonly key?: string;
  readonly generateKey?: string;
}

const PRIVATE_MODE = 0o600;

export function addPricesSignCommand(prices: Command): void {
  prices
    .command('sign')
    .description('Signs a price book with an Ed25519 key: writes <book>.sig beside it.')
    .argument('[book]', 'file of the price book')
    .option('--key <file>', 'private key (PEM)')
    .option('--generate-key <file>', 'make a key pair: <file> and <file>.pub')
    .addHelpText(
      'after',
      '\nExample:\n  costspan prices sign --generate-key acme.pem\n  costspan prices sign book.json --key acme.pem',
    )
    .action(signPrices);
}

function signPrices(book: string | undefined, { key, generateKey }: PricesSignOptions): void {
  if (generateKey !== undefined) makeKey(generateKey);
  if (book === undefined) {
    if (generateKey === undefined) throw new UsageError('name the price book to sign, or --generate-key');
    return;
  }
  const keyFile = key ?? generateKey;
  if (keyFile === undefined) {
    throw new UsageError('--key is missing; name the private key, or make one with --generate-key FILE');
  }
  const signed = signPriceBook(read(book), read(keyFile));
  if (!signed.ok) throw new UsageError(signed.error.message);
  write(`${book}.sig`, signed.signature, {});
  console.log(`Signed ${book} with key ${signed.keyId}: ${book}.sig`);
}

function makeKey(file: string): void {
  const { keyId, privateKeyPem, publicKeyPem } = generateSigningKey();
  // A key that is there already is not overwritten: what it has signed could not be verified any more.
  write(file, privateKeyPem, { flag: 'wx', mode: PRIVATE_MODE });
  write(`${file}.pub`, publicKeyPem, { flag: 'wx' });
  console.log(`Key ${keyId}: ${file} (private), ${file}.pub (for prices.update.public_keys)`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

function write(file: string, text: string, options: { flag?: string; mode?: number }): void {
  try {
    writeFileSync(file, text, options);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`);
  }
}
