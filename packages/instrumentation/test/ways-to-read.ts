import { PassThrough, type Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** The ways in which applications read a body to its end. */
export const WAYS_TO_READ: readonly (readonly [
  name: string,
  read: (readable: Readable) => Promise<string>,
])[] = [
  [
    'data listeners',
    (readable) =>
      new Promise((resolve, reject) => {
        let all = '';
        readable.setEncoding('latin1');
        readable.on('data', (chunk: string) => (all += chunk));
        readable.on('end', () => resolve(all));
        readable.on('error', reject);
      }),
  ],
  [
    'pipe',
    async (readable) => {
      const sink = new PassThrough();
      const read = readText(sink);
      readable.pipe(sink);
      return read;
    },
  ],
  [
    'pipeline',
    async (readable) => {
      const sink = new PassThrough();
      const read = readText(sink);
      await pipeline(readable, sink);
      return read;
    },
  ],
  [
    'for await',
    async (readable) => {
      let all = '';
      for await (const chunk of readable) all += String(chunk);
      return all;
    },
  ],
  [
    'readable and read()',
    (readable) =>
      new Promise((resolve) => {
        let all = '';
        readable.on('readable', () => {
          for (let chunk: unknown = readable.read(); chunk !== null; chunk = readable.read())
            all += (chunk as Buffer).toString();
        });
        readable.on('end', () => resolve(all));
      }),
  ],
];
