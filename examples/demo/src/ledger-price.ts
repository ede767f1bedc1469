import type { PriceResult } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';

/** What the provider bills for a served call, by the same price book that Costspan uses. */
export function priceLedgerEntry(entry: LedgerEntry): PriceResult {
  return builtinPriceBook().price(
    {
      dialect: 'ledger',
      provider: entry.provider,
      requestModel: entry.requestModel,
      responseModel: entry.responseModel,
      operation: entry.api === 'embeddings' ? 'embeddings' : 'chat',
      usage: entry.usage ?? undefined,
      usageSource: 'server',
      responseId: entry.responseId ?? undefined,
      serviceTier: entry.serviceTier ?? undefined,
      serverAddress: undefined,
      errorType: undefined,
    },
    entry.startUnixMillis,
  );
}
