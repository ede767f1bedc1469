/**
 * Writes batches of three records until it is killed, or as many as its second argument says. It prints the trace
 * id of each batch that was acknowledged and the code of each write that failed.
 */
import { openDuckDbStore, StoreWriteError } from '../src/index.ts';
import { sampleRecords } from './arbitrary-record.ts';

const [path = '', batches = 'Infinity'] = process.argv.slice(2);
const opened = await openDuckDbStore({ path });
if (!opened.ok) throw new Error(opened.error.message);
const records = sampleRecords(1, 3).map((record) => ({ ...record, route: 'r'.repeat(2000) }));
for (let batch = 1; batch <= Number(batches); batch++) {
  const traceId = batch.toString(16).padStart(32, '0');
  try {
    await opened.store.write(records.map((record) => ({ ...record, traceId })));
    process.stdout.write(`${traceId}\n`);
  } catch (error) {
    if (!(error instanceof StoreWriteError)) throw error;
    process.stdout.write(`${error.code}\n`);
  }
}
await opened.store.close();
process.stdout.write('closed\n');
