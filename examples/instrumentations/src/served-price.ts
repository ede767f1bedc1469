import { type CallOperation, type Money, moneyFromPico, type PriceResult } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';

/** What the provider bills for a served call, by the same price book that Costspan uses. */
export function servedPrice(entry: LedgerEntry): PriceResult {
  return builtinPriceBook().price(
    {
      dialect: 'ledger',
      provider: entry.provider,
      requestModel: entry.requestModel,
      responseModel: entry.responseModel,
      operation: operationOf(entry),
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

/** `undefined` where the price book has no price for the call. */
export function servedMoney(entry: LedgerEntry): Money | undefined {
  const price = servedPrice(entry);
  return price.status === 'priced' ? moneyFromPico(price.totalPico) : undefined;
}

function operationOf({ api }: LedgerEntry): CallOperation {
  return api === 'embeddings' || api === 'rerank' ? api : 'chat';
}
