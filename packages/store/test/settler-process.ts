/** Settles a window again and again until it is killed; it prints a line for each settlement that was acknowledged. */
import { openDuckDbStore } from '../src/index.ts';
import { gpuRecord, gpuWindow, settlementOf } from './gpu-records.ts';

const [path = ''] = process.argv.slice(2);
const opened = await openDuckDbStore({ path });
if (!opened.ok) throw new Error(opened.error.message);
const { store } = opened;
let records = Array.from({ length: 200 }, (_each, id) => gpuRecord(id, { total: '0.0' }));
await store.write(records);
for (let revision = 1; ; revision++) {
  const settled = records.map((record) => settlementOf(record, `${revision}.0`));
  const marks = [{ pool: 'llama', observedFromUnixNano: '0', closedUntilUnixNano: String(revision) }];
  const outcome = await store.writeGpuWindows({ windows: [gpuWindow({ revision })], marks, settled });
  if (outcome !== 'written') throw new Error(outcome);
  process.stdout.write(`${revision}\n`);
  records = settled.map(({ after }) => after);
}
