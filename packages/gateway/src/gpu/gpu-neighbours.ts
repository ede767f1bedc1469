import type { GpuInterval } from '@costspan/allocation';
import type { GpuShare } from '@costspan/processor';

/** Requests of one lane that are remembered; those that arrived the longest ago are forgotten first. */
const NEIGHBOURS_MAX = 512;
/** Lanes that are remembered. */
const LANES_MAX = 1000;

/** Nanoseconds after the first that was seen: exact for a hundred days, and much faster than whole numbers of any size. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

type Lane<Key> = Map<Key, readonly Piece[]>;

/**
 * The requests that arrived last on each lane, to see who ran beside whom before a window is settled. However few of
 * them are known, nobody's part is smaller than in the end: another request can only take from it.
 */
export class GpuNeighbours<Key> {
  readonly #lanes = new Map<string, Lane<Key>>();
  readonly #laneOf = new Map<Key, string>();
  #originUnixNano: bigint | undefined;

  add(laneName: string, key: Key, intervals: readonly GpuInterval[]): void {
    this.remove(key);
    let lane = this.#lanes.get(laneName);
    if (lane === undefined) {
      if (this.#lanes.size >= LANES_MAX) this.#forgetLane();
      lane = new Map();
      this.#lanes.set(laneName, lane);
    }
    if (lane.size >= NEIGHBOURS_MAX) {
      for (const oldest of lane.keys()) {
        this.remove(oldest);
        break;
      }
    }
    lane.set(key, this.#pieces(intervals));
    this.#laneOf.set(key, laneName);
  }

  remove(key: Key): void {
    const laneName = this.#laneOf.get(key);
    if (laneName === undefined) return;
    this.#laneOf.delete(key);
    const lane = this.#lanes.get(laneName);
    lane?.delete(key);
    if (lane?.size === 0) this.#lanes.delete(laneName);
  }

  /**
   * What intervals of a lane have of its time, beside those that are known there, which they are among.
   *
   * 1. Cut the time where a neighbour begins or ends.
   * 2. In each piece an interval has its weight's part of all weights, and at least what the capacity leaves it.
   */
  share(laneName: string, own: readonly GpuInterval[], capacity: number | undefined): GpuShare {
    const mine = this.#pieces(own);
    const start = Math.min(...mine.map((piece) => piece.start));
    const end = Math.max(...mine.map((piece) => piece.end));
    const known: Piece[] = [];
    for (const pieces of this.#lanes.get(laneName)?.values() ?? [mine]) {
      for (const piece of pieces) if (piece.start < end && piece.end > start) known.push(piece);
    }
    const profile = weightProfile(known);
    const share = { replicaNanos: 0, usedNanos: 0, activeNanos: 0 };
    for (const piece of mine) addPiece(share, piece, profile, capacity ?? 0);
    return share;
  }

  #pieces(intervals: readonly GpuInterval[]): Piece[] {
    const origin = (this.#originUnixNano ??= intervals[0]?.startUnixNano ?? 0n);
    return intervals.map(({ startUnixNano, endUnixNano, weight }) => ({
      start: Number(startUnixNano - origin),
      end: Number(endUnixNano - origin),
      weight,
    }));
  }

  #forgetLane(): void {
    for (const [name, lane] of this.#lanes) {
      for (const key of lane.keys()) this.#laneOf.delete(key);
      this.#lanes.delete(name);
      return;
    }
  }
}

/** The sum of weights from each time on, up to the next one. */
interface WeightStep {
  readonly from: number;
  readonly weight: number;
}

function weightProfile(pieces: readonly Piece[]): WeightStep[] {
  const changes = pieces
    .filter(({ start, end }) => end > start)
    .flatMap(({ start, end, weight }) => [
      { from: start, weight },
      { from: end, weight: -weight },
    ])
    .sort((a, b) => a.from - b.from);
  let weight = 0;
  return changes.map((change) => ({ from: change.from, weight: (weight += change.weight) }));
}

function addPiece(
  share: { replicaNanos: number; usedNanos: number; activeNanos: number },
  { start, end, weight }: Piece,
  profile: readonly WeightStep[],
  capacity: number,
): void {
  if (end <= start) return;
  share.activeNanos += end - start;
  for (const [index, step] of profile.entries()) {
    const from = Math.max(start, step.from);
    const until = Math.min(end, profile[index + 1]?.from ?? end);
    if (until <= from) continue;
    const all = Math.max(step.weight, weight);
    share.replicaNanos += ((until - from) * weight) / all;
    share.usedNanos += ((until - from) * weight) / Math.max(all, capacity);
  }
}
