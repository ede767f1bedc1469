import { sameCallEvidence } from './same-call.ts';
import { ScopedCalls } from './scoped-calls.ts';
import { type CallNode, startsBefore } from './span-node.ts';

/** Processes whose calls are remembered apart; the rest finds its peers by trace and response id only. */
const SERVICES_MAX = 10_000;
/** Reports with one response id: one for each layer that a call passes, and a bound where an id means nothing. */
const REPORTS_PER_RESPONSE_MAX = 64;

/**
 * Finds the reports that a new one may describe the same call as, without comparing it with all of them. Whatever
 * evidence there can be, the two share a trace, a process or a response id.
 */
export class PeerIndex<Subject> {
  readonly #byResponseId = new Map<string, CallNode<Subject>[]>();
  readonly #byService = new Map<string, ScopedCalls<Subject>>();

  /** Links the report with each of its peers, both ways. */
  add(node: CallNode<Subject>): void {
    const link = (other: CallNode<Subject>): void => linkIfSameCall(node, other);
    const ofTrace = (node.trace.calls ??= new ScopedCalls());
    ofTrace.forEachOther(node, link);
    ofTrace.add(node);
    const ofService = this.#callsOf(node.report.service);
    ofService?.forEachOther(node, link);
    ofService?.add(node);
    const { responseId } = node.call;
    if (responseId === undefined) return;
    const answered = this.#byResponseId.get(responseId);
    if (answered === undefined) {
      this.#byResponseId.set(responseId, [node]);
      return;
    }
    answered.forEach(link);
    if (answered.length < REPORTS_PER_RESPONSE_MAX) answered.push(node);
  }

  /** The first call that got the answer with that id from its provider. */
  answered(responseId: string): CallNode<Subject> | undefined {
    let first: CallNode<Subject> | undefined;
    for (const each of this.#byResponseId.get(responseId) ?? []) {
      if (each.call.answeredFromCache === true) continue;
      if (first === undefined || startsBefore(each, first)) first = each;
    }
    return first;
  }

  /** The calls that a cache answered with what that id was given to. */
  fromCache(responseId: string): CallNode<Subject>[] {
    const known = this.#byResponseId.get(responseId);
    return known === undefined || known.length < 2
      ? []
      : known.filter(({ call }) => call.answeredFromCache === true);
  }

  remove(node: CallNode<Subject>): void {
    node.isForgotten = true;
    for (const peer of node.peers?.keys() ?? []) peer.peers?.delete(node);
    node.peers = undefined;
    const { responseId } = node.call;
    if (responseId === undefined) return;
    const answered = this.#byResponseId.get(responseId);
    if (answered === undefined) return;
    if (answered.length > 1) {
      this.#byResponseId.set(
        responseId,
        answered.filter((each) => each !== node),
      );
    } else if (answered[0] === node) {
      this.#byResponseId.delete(responseId);
    }
  }

  #callsOf(service: string): ScopedCalls<Subject> | undefined {
    const known = this.#byService.get(service);
    if (known !== undefined || this.#byService.size >= SERVICES_MAX) return known;
    const calls = new ScopedCalls<Subject>();
    this.#byService.set(service, calls);
    return calls;
  }
}

function linkIfSameCall<Subject>(node: CallNode<Subject>, other: CallNode<Subject>): void {
  const evidence = sameCallEvidence(node, other);
  if (evidence === undefined) return;
  (node.peers ??= new Map()).set(other, evidence);
  (other.peers ??= new Map()).set(node, evidence);
}
