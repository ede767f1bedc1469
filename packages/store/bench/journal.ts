/**
 * The journal beside the limit: the same bytes, encoded before, written to a plain file and flushed as often.
 *
 * 1. `alone`: one frame after the other, so that each waits for a flush of its own.
 * 2. `together`: so many writers, each of which appends its next frame when its last one is on disk.
 * 3. A ratio is the median over the rounds of each round's own ratio; the CPU time is of the whole process.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal, type Journal } from '../src/journal/journal.ts';

const ROUNDS = 5;
const CASES = [
  { name: '1 KiB frames', payloadBytes: 1024, writers: 256, frames: 60_000, framesAlone: 500 },
  { name: '113 KiB frames', payloadBytes: 113 * 1024, writers: 32, frames: 1500, framesAlone: 200 },
];

function frameOf(payloadBytes: number): Parameters<Journal['append']>[0] {
  const text = JSON.stringify({ records: ['r'.repeat(payloadBytes - 14)] });
  return { kind: 'write', atUnixMillis: Date.now(), recordCount: payloadBytes >> 10, payload: text };
}

interface Rate {
  readonly framesPerSecond: number;
  readonly cpuMicrosPerFrame: number;
  readonly flushes: number;
}

async function measured(frames: number, work: () => Promise<number>): Promise<Rate> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const flushes = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { framesPerSecond: frames / seconds, cpuMicrosPerFrame: (user + system) / frames, flushes };
}

async function throughJournal(
  folder: string,
  each: { payloadBytes: number; writers: number; frames: number },
): Promise<Rate> {
  const { journal } = await openJournal({
    folder,
    quarantineFolder: `${folder}-quarantine`,
    segmentBytesMax: 2 ** 40,
  });
  const frame = frameOf(each.payloadBytes);
  let left = each.frames;
  let flushes = 0;
  let lastFlush = 0;
  const writer = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await journal.append(frame);
      // The end moves once for each flush.
      if (journal.end.offset !== lastFlush) flushes += 1;
      lastFlush = journal.end.offset;
    }
  };
  const rate = await measured(each.frames, async () => {
    await Promise.all(Array.from({ length: each.writers }, writer));
    return flushes;
  });
  await journal.close();
  return rate;
}

async function throughPlainFile(
  path: string,
  each: { payloadBytes: number; frames: number },
  flushes: number,
): Promise<Rate> {
  const bytes = Buffer.alloc((each.payloadBytes + 70) * Math.ceil(each.frames / flushes), 'r');
  const file = openSync(path, 'w');
  const rate = await measured(each.frames, async () => {
    for (let flush = 0; flush < flushes; flush++) {
      writeSync(file, bytes);
      fdatasyncSync(file);
    }
    return flushes;
  });
  closeSync(file);
  return rate;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

for (const { name, payloadBytes, writers, frames, framesAlone } of CASES) {
  for (const each of [
    { payloadBytes, writers: 1, frames: framesAlone },
    { payloadBytes, writers, frames },
  ]) {
    const rounds: { ours: Rate; limit: Rate }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const folder = mkdtempSync(join(tmpdir(), 'costspan-journal-'));
      const ours = await throughJournal(join(folder, 'journal'), each);
      rounds.push({ ours, limit: await throughPlainFile(join(folder, 'plain'), each, ours.flushes) });
      rmSync(folder, { recursive: true });
    }
    const rate = median(rounds.map(({ ours }) => ours.framesPerSecond));
    const limit = median(rounds.map((round) => round.limit.framesPerSecond));
    const ratio = median(rounds.map((round) => round.ours.framesPerSecond / round.limit.framesPerSecond));
    const cpu = median(rounds.map(({ ours }) => ours.cpuMicrosPerFrame));
    const limitCpu = median(rounds.map((round) => round.limit.cpuMicrosPerFrame));
    const megabytes = (framesPerSecond: number): string =>
      ((framesPerSecond * payloadBytes) / 1e6).toFixed(0);
    console.log(
      `${name}, ${each.writers} at a time, ${median(rounds.map(({ ours }) => each.frames / ours.flushes)).toFixed(0)} in a flush`,
    );
    console.log(
      `  journal:    ${rate.toFixed(0)} frames/s, ${megabytes(rate)} MB/s, ${cpu.toFixed(1)} µs of CPU a frame`,
    );
    console.log(
      `  plain file: ${limit.toFixed(0)} frames/s, ${megabytes(limit)} MB/s, ${limitCpu.toFixed(1)} µs; ratio ${ratio.toFixed(2)}`,
    );
  }
}
