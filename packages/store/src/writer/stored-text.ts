import { assert, type CostRecord, USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import { gpuSpanOf } from '../gpu-span.ts';
import { amountOf, unixNanoOf } from '../table-column.ts';

/** How the gateway writes an amount; other forms are looked at more closely. */
const USUAL_AMOUNT = /^\d{1,20}\.\d{12}$/;

/**
 * The JSON text that is stored of a record, when the columns of the database can hold it: a number that it would cut off must
 * not get into the journal.
 *
 * @throws Error when a number is not one, or too large.
 */
export function storedText(record: CostRecord): string {
  unixNanoOf(record.startTimeUnixNano);
  if (record.cost !== null && !USUAL_AMOUNT.test(record.cost.total)) amountOf('total', record.cost.total);
  if (record.usage !== null) {
    for (const [bucket, count] of Object.entries(record.usage)) {
      if (USAGE_BUCKETS[bucket as UsageBucket]?.unit !== 'token') continue;
      assert(Number.isSafeInteger(count), 'tokens are counted in whole numbers', { bucket, count });
    }
  }
  gpuSpanOf(record);
  return JSON.stringify(record);
}
