/** Any sequence of calls, and of crashes between them, against a list of frames in memory. */
import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Journal, JournalPosition } from '../src/journal/journal.ts';
import { frameOf, openTemporaryJournal, readAll, temporaryJournalFolder } from './temporary-journal.ts';

const ROUNDS = Number(process.env['JOURNAL_MODEL_ROUNDS'] ?? 60);

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      name: fc.constant('append' as const),
      sizes: fc.array(fc.nat(1500), { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ name: fc.constant('rotate' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      name: fc.constant('remove' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ name: fc.constant('reopen' as const), torn: fc.string({ maxLength: 30 }) }),
  },
);

test(
  'appends, rotations, removals, readings and crashes do what a list does',
  { timeout: 120_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.integer({ min: 300, max: 6000 }),
        async (steps, segmentBytesMax) => {
          const folder = temporaryJournalFolder();
          let { journal } = await openTemporaryJournal(folder, { segmentBytesMax });
          let model: { payload: string; place: JournalPosition }[] = [];
          let removed = 0;
          let number = 0;
          const check = async (opened: Journal): Promise<void> => {
            const read = await readAll(opened, { segment: removed + 1, offset: 0 });
            expect(read.damage).toEqual([]);
            expect(read.frames.map(({ payload }, index) => ({ payload, place: read.places[index] }))).toEqual(
              model,
            );
            const middle = model[model.length >> 1];
            if (middle === undefined) return;
            const rest = await readAll(opened, middle.place);
            expect([rest.frames.length, rest.damage]).toEqual([model.length - (model.length >> 1) - 1, []]);
          };
          for (const each of steps) {
            if (each.name === 'append') {
              const frames = each.sizes.map((size) =>
                frameOf({ number: (number += 1), text: 'z'.repeat(size) }),
              );
              const places = await Promise.all(frames.map((frame) => journal.append(frame)));
              model.push(...frames.map(({ payload }, index) => ({ payload, place: places[index]! })));
            } else if (each.name === 'rotate') {
              const before = journal.end;
              expect(await journal.rotate()).toBe(journal.end.segment - 1);
              expect(journal.end.segment - before.segment).toBe(
                model.some(({ place }) => place.segment === before.segment) ? 1 : 0,
              );
            } else if (each.name === 'remove') {
              const through = Math.floor(each.share * journal.end.segment);
              await journal.removeThrough(through);
              removed = Math.max(removed, Math.min(through, journal.end.segment - 1));
              model = model.filter(({ place }) => place.segment > removed);
            } else {
              const { end } = journal;
              await journal.close();
              const path = join(folder, 'journal', `${String(end.segment).padStart(10, '0')}.journal`);
              const torn = each.torn === '' ? '' : `\nCSJ1 ${each.torn.replaceAll(/[^ -~]/g, '')}`;
              appendFileSync(path, torn);
              const opened = await openTemporaryJournal(folder, { segmentBytesMax });
              expect(opened.damage.map(({ kind, bytes }) => [kind, bytes])).toEqual(
                torn === '' ? [] : [['torn', torn.length]],
              );
              expect(opened.journal.end).toEqual(end);
              ({ journal } = opened);
            }
            expect((await readAll(journal, journal.end)).frames).toEqual([]);
          }
          await check(journal);
          await journal.close();
          const { journal: last } = await openTemporaryJournal(folder, { segmentBytesMax });
          await check(last);
          await last.close();
          const numbers = readdirSync(join(folder, 'journal')).map((name) => Number(name.slice(0, 10)));
          expect(numbers.every((each) => each > removed)).toBe(true);
          rmSync(folder, { recursive: true });
        },
      ),
      { numRuns: ROUNDS },
    );
  },
);
