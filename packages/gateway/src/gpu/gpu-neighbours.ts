import type { GpuInterval } from '@costspan/allocation';
import type { GpuShare } from '@costspan/processor';
import { LaneLoad, type Piece } from './lane-load.ts';

/** Requests of one lane that are remembered; those that arrived the longest ago are forgotten first. */
const NEIGHBOURS_MAX = 512;
/** Their intervals; a request has one, and more where it was tried or answered several times. */
const PIECES_MAX = 1024;
/** Lanes that are remembered. */
const LANES_MAX = 1000;

interface Lane<Key> {
  /** Times are nanoseconds after this: exact for a hundred days, and much faster than whole numbers of any size. */
  readonly originUnixNano: bigint;
  readonly load: LaneLoad;
  readonly requests: Map<Key, readonly Piece[]>;
  pieceCount: number;
}

/**
 * The requests that arrived last on each lane, to see who ran beside whom before a window is settled. However few of
 * them are known, nobody's part is smaller than in the end: another request can only take from it.
 */
export class GpuNeighbours<Key> {
  readonly #lanes = new Map<string, Lane<Key>>();
  readonly #laneOf = new Map<Key, string>();

  /** Of a request with more intervals than are remembered the first are. */
  add(laneName: string, key: Key, intervals: readonly GpuInterval[]): void {
    this.remove(key);
    const [first] = intervals;
    if (first === undefined) return;
    let lane = this.#lanes.get(laneName);
    if (lane === undefined) {
      if (this.#lanes.size >= LANES_MAX) this.#forgetLane();
      lane = emptyLane(first.startUnixNano);
      this.#lanes.set(laneName, lane);
    }
    const pieces = piecesOf(intervals.slice(0, PIECES_MAX), lane.originUnixNano);
    for (const oldest of lane.requests.keys()) {
      if (lane.requests.size < NEIGHBOURS_MAX && lane.pieceCount + pieces.length <= PIECES_MAX) break;
      this.#laneOf.delete(oldest);
      removeFrom(lane, oldest);
    }
    addTo(lane, key, pieces);
    this.#laneOf.set(key, laneName);
  }

  remove(key: Key): void {
    const laneName = this.#laneOf.get(key);
    if (laneName === undefined) return;
    this.#laneOf.delete(key);
    const lane = this.#lanes.get(laneName);
    if (lane === undefined) return;
    removeFrom(lane, key);
    if (lane.requests.size === 0) this.#lanes.delete(laneName);
  }

  /**
   * What intervals of a lane have of its time beside those that are known there: their weight's part of all weights, and
   * for `usedNanos` of the capacity where that is more. One of them that was forgotten counts beside the known ones.
   *
   * @param capacity In the unit of the weights; `undefined` without one.
   */
  share(laneName: string, own: readonly GpuInterval[], capacity: number | undefined): GpuShare {
    const lane = this.#lanes.get(laneName);
    const mine = piecesOf(own, lane?.originUnixNano ?? own[0]?.startUnixNano ?? 0n);
    const load = lane?.load ?? loadOf(mine);
    let replicaNanos = 0;
    let usedNanos = 0;
    let activeNanos = 0;
    for (const piece of mine) {
      const share = load.shareOf(piece, 0);
      replicaNanos += share;
      usedNanos += capacity === undefined ? share : load.shareOf(piece, capacity);
      activeNanos += Math.max(0, piece.end - piece.start);
    }
    return { replicaNanos, usedNanos, activeNanos };
  }

  #forgetLane(): void {
    for (const [name, lane] of this.#lanes) {
      for (const key of lane.requests.keys()) this.#laneOf.delete(key);
      this.#lanes.delete(name);
      return;
    }
  }
}

function emptyLane<Key>(originUnixNano: bigint): Lane<Key> {
  return {
    originUnixNano,
    load: new LaneLoad(),
    requests: new Map<Key, readonly Piece[]>(),
    pieceCount: 0,
  };
}

function addTo<Key>(lane: Lane<Key>, key: Key, pieces: readonly Piece[]): void {
  lane.requests.set(key, pieces);
  lane.pieceCount += pieces.length;
  for (const piece of pieces) lane.load.add(piece);
}

function removeFrom<Key>(lane: Lane<Key>, key: Key): void {
  const pieces = lane.requests.get(key) ?? [];
  lane.requests.delete(key);
  lane.pieceCount -= pieces.length;
  for (const piece of pieces) lane.load.remove(piece);
}

function piecesOf(intervals: readonly GpuInterval[], originUnixNano: bigint): Piece[] {
  return intervals.map(({ startUnixNano, endUnixNano, weight }) => ({
    start: Number(startUnixNano - originUnixNano),
    end: Number(endUnixNano - originUnixNano),
    weight,
  }));
}

function loadOf(pieces: readonly Piece[]): LaneLoad {
  const load = new LaneLoad();
  for (const piece of pieces) load.add(piece);
  return load;
}
