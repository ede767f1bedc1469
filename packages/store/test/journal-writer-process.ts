/**
 * Appends frames to the journal of a folder, several at once, until it is killed or has appended as many as its second
 * argument says. It prints the number of each frame that was acknowledged, and the code of each that was refused.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { JournalWriteError, openJournal } from '../src/journal/journal.ts';

const [folder = '', first = '0', count = 'Infinity'] = process.argv.slice(2);
const { journal } = await openJournal({
  folder: join(folder, 'journal'),
  quarantineFolder: join(folder, 'quarantine'),
  segmentBytesMax: 200_000,
});
let next = Number(first);
const end = next + Number(count);
const writer = async (): Promise<void> => {
  while (next < end) {
    const number = next++;
    try {
      const payload = JSON.stringify({ number, text: 'x'.repeat((number * 997) % 9000) });
      await journal.append({ kind: 'write', atUnixMillis: Date.now(), recordCount: 1, payload });
      writeSync(1, `${number}\n`);
    } catch (error) {
      if (!(error instanceof JournalWriteError)) throw error;
      writeSync(1, `${error.code}\n`);
    }
  }
};
await Promise.all(Array.from({ length: 8 }, writer));
await journal.close();
