import { sameCallEvidence, SLACK_OTHER_PROCESS_MILLIS } from './same-call.ts';
import { type CallNode, startsBefore } from './span-node.ts';

/**
 * Reports can only be of one call when they overlap in time, so they are kept by the periods that they touch. A
 * response id alone reaches further; it has a key of its own.
 */
const PERIOD_MILLIS = 10_000;
/** Periods of a report that are kept, from its start on; a call of several minutes meets its peers there too. */
const PERIODS_MAX = 32;
/** Reports under one key that a new one is compared with, the latest: far more than run at once in a process. */
const COMPARED_MAX = 1024;

/**
 * Finds the reports that a new one may describe the same call as, without comparing it with all of them. Whatever
 * evidence there can be, the two share a response id, or a period in a trace or in a process.
 */
export class PeerIndex<Subject> {
  readonly #byKey = new Map<string, SourceCalls<Subject>[]>();
  /**
   * The reports of the only instrumentation that there has been so far, as in most programs: there is nothing to compare
   * them with, and so they are not indexed yet. `undefined` once there is another one, or an answer from a cache.
   */
  #alone: SourceCalls<Subject> | undefined = { source: '', calls: [], forgotten: 0 };
  /** What a cache answered, by response id. */
  readonly #fromCache = new Map<string, Set<CallNode<Subject>>>();

  /** Links the report with each of its peers, both ways. */
  add(node: CallNode<Subject>): void {
    const alone = this.#alone;
    if (alone === undefined) return this.#index(node);
    if (alone.calls.length === 0) alone.source = node.source;
    if (alone.source === node.source && node.call.answeredFromCache !== true) {
      alone.calls.push(node);
      return;
    }
    this.#alone = undefined;
    for (const each of alone.calls) if (!each.isForgotten) this.#index(each);
    this.#index(node);
  }

  #index(node: CallNode<Subject>): void {
    for (const key of keysOf(node)) {
      const known = this.#byKey.get(key);
      if (known === undefined) {
        this.#byKey.set(key, [{ source: node.source, calls: [node], forgotten: 0 }]);
        continue;
      }
      linkWithOthers(node, known);
      const own = known.find(({ source }) => source === node.source);
      if (own === undefined) known.push({ source: node.source, calls: [node], forgotten: 0 });
      else own.calls.push(node);
    }
    const { responseId, answeredFromCache } = node.call;
    if (responseId === undefined || answeredFromCache !== true) return;
    const cached = this.#fromCache.get(responseId);
    if (cached === undefined) this.#fromCache.set(responseId, new Set([node]));
    else cached.add(node);
  }

  /** The first call that got the answer with that id from its provider. */
  answered(responseId: string): CallNode<Subject> | undefined {
    let first: CallNode<Subject> | undefined;
    for (const { calls } of this.#byKey.get(responseKey(responseId)) ?? []) {
      for (const each of calls) {
        if (each.isForgotten || each.call.answeredFromCache === true) continue;
        if (first === undefined || startsBefore(each, first)) first = each;
      }
    }
    return first;
  }

  /** The calls that a cache answered with what that id was given to. */
  fromCache(responseId: string): Iterable<CallNode<Subject>> {
    return this.#fromCache.get(responseId) ?? [];
  }

  remove(node: CallNode<Subject>): void {
    node.isForgotten = true;
    for (const peer of node.peers?.keys() ?? []) peer.peers?.delete(node);
    node.peers = undefined;
    if (this.#alone !== undefined) {
      forgetOne(this.#alone);
      return;
    }
    for (const key of keysOf(node)) this.#forgetUnder(key, node.source);
    const { responseId } = node.call;
    const cached = responseId === undefined ? undefined : this.#fromCache.get(responseId);
    if (responseId === undefined || cached?.delete(node) !== true) return;
    if (cached.size === 0) this.#fromCache.delete(responseId);
  }

  #forgetUnder(key: string, source: string): void {
    const known = this.#byKey.get(key);
    const own = known?.find((each) => each.source === source);
    if (known === undefined || own === undefined) return;
    forgetOne(own);
    if (own.calls.length > 0) return;
    if (known.length === 1) this.#byKey.delete(key);
    else known.splice(known.indexOf(own), 1);
  }
}

/** The reports of one instrumentation in a process. It reports a call once, so they are never compared. */
interface SourceCalls<Subject> {
  source: string;
  calls: CallNode<Subject>[];
  forgotten: number;
}

/** One of so many may be forgotten in a list: fewer cost time, more keep the calls of requests that are long gone. */
const FORGOTTEN_SHARE = 8;

/** What is forgotten stays in its list until it is some part of it, so that each costs the same however long the list. */
function forgetOne<Subject>(own: SourceCalls<Subject>): void {
  own.forgotten += 1;
  if (own.forgotten * FORGOTTEN_SHARE < own.calls.length) return;
  own.calls = own.calls.filter(({ isForgotten }) => !isForgotten);
  own.forgotten = 0;
}

function linkWithOthers<Subject>(node: CallNode<Subject>, known: readonly SourceCalls<Subject>[]): void {
  for (const { source, calls } of known) {
    if (source === node.source) continue;
    for (let index = Math.max(0, calls.length - COMPARED_MAX); index < calls.length; index++) {
      const peer = calls[index];
      if (peer === undefined || peer.isForgotten || node.peers?.has(peer) === true) continue;
      const evidence = sameCallEvidence(node, peer);
      if (evidence === undefined) continue;
      link(node, peer, evidence);
      link(peer, node, evidence);
    }
  }
}

/** Peers of one report: more cannot be told apart, and each costs time whenever one of them changes. */
const PEERS_MAX = 12;

/** Keeps the strongest and nearest peers, whatever order they come in. */
function link<Subject>(node: CallNode<Subject>, peer: CallNode<Subject>, evidence: number): void {
  const peers = (node.peers ??= new Map());
  peers.set(peer, { evidence, distanceMillis: distanceMillis(node, peer) });
  if (peers.size <= PEERS_MAX) return;
  let worst = peer;
  for (const each of peers.keys()) if (isWorsePeer(node, each, worst)) worst = each;
  peers.delete(worst);
}

function isWorsePeer<Subject>(
  node: CallNode<Subject>,
  one: CallNode<Subject>,
  other: CallNode<Subject>,
): boolean {
  const left = node.peers?.get(one);
  const right = node.peers?.get(other);
  if (left === undefined || right === undefined || one === other) return false;
  const difference = left.evidence - right.evidence || left.distanceMillis - right.distanceMillis;
  return difference === 0 ? startsBefore(other, one) : difference > 0;
}

function distanceMillis<Subject>(left: CallNode<Subject>, right: CallNode<Subject>): number {
  return (
    Math.abs(left.report.startMillis - right.report.startMillis) +
    Math.abs(left.report.endMillis - right.report.endMillis)
  );
}

function keysOf<Subject>({ report, call }: CallNode<Subject>): string[] {
  const keys = call.responseId === undefined ? [] : [responseKey(call.responseId)];
  const first = Math.floor((report.startMillis - SLACK_OTHER_PROCESS_MILLIS) / PERIOD_MILLIS);
  const end = Math.floor((report.endMillis + SLACK_OTHER_PROCESS_MILLIS) / PERIOD_MILLIS);
  for (let period = first; period <= Math.max(first, Math.min(end, first + PERIODS_MAX)); period++) {
    keys.push(`trace ${report.traceId} ${period}`, `service ${report.service} ${period}`);
  }
  return keys;
}

function responseKey(responseId: string): string {
  return `response ${responseId}`;
}
