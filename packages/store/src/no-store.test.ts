import { expect, test } from 'vitest';
import { sampleRecords } from '../test/arbitrary-record.ts';
import { openNoStore } from './no-store.ts';

test('without a store a record that comes again is known, and nothing can be asked', async () => {
  const store = openNoStore();
  const records = sampleRecords(1, 3);
  expect(await store.write([records[0]!, records[1]!, records[0]!])).toEqual([true, true, false]);
  const again = store.append({ records, corrections: [] });
  await again.durable;
  expect(await again.applied).toEqual([false, false, true]);
  await expect(store.summary({})).rejects.toMatchObject({ code: 'invalid_query' });
  expect(store.health.problem).toBeUndefined();
  await store.close();
  await expect(store.write(records)).rejects.toMatchObject({ code: 'closed' });
});
