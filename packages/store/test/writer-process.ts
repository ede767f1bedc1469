/** Writes batches until it is killed and prints the number of each one that was acknowledged. */
import fc from 'fast-check';
import { openDuckDbStore } from '../src/index.ts';
import { arbitraryRecord } from './arbitrary-record.ts';

const opened = await openDuckDbStore({ path: process.argv[2] ?? '' });
if (!opened.ok) throw new Error(opened.error.message);
const [record] = fc.sample(arbitraryRecord, { seed: 1, numRuns: 1 });
for (let batch = 0; batch < 10_000; batch++) {
  await opened.store.write(
    [0, 1, 2].map((index) => ({ ...record!, traceId: `${batch}`, spanId: `${index}` })),
  );
  process.stdout.write(`${batch}\n`);
}
