/**
 * Opens a store, writes batches of three records and archives all the time, until it is killed. It prints the trace id of each
 * batch that was acknowledged.
 */
import { openDuckDbStore } from '../src/index.ts';
import { sampleRecords } from './arbitrary-record.ts';

const [path = '', first = '1'] = process.argv.slice(2);
const maintenance = { everyMillis: 0, checkMillis: 20, keepJournalMillis: 0 };
const opened = await openDuckDbStore({ path, maintenance });
if (!opened.ok) throw new Error(opened.error.message);
process.stdout.write('open\n');
const records = sampleRecords(1, 3);
for (let batch = Number(first); ; batch++) {
  const traceId = batch.toString(16).padStart(32, '0');
  await opened.store.append({ records: records.map((record) => ({ ...record, traceId })), corrections: [] })
    .durable;
  process.stdout.write(`${traceId}\n`);
}
