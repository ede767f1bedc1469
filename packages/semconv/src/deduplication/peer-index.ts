import { usageTotals } from './report-quality.ts';
import { sameCallEvidence } from './same-call.ts';
import { type CallNode, startsBefore } from './span-node.ts';

/** Reports under one key that a new one is compared with, the latest first. */
const COMPARED_MAX = 256;

/** Finds the reports that a new one may describe the same call as, without comparing it with all of them. */
export class PeerIndex<Subject> {
  readonly #byKey = new Map<string, Set<CallNode<Subject>>>();

  /** Links the report with each of its peers, both ways. */
  add(node: CallNode<Subject>): void {
    const compared = new Set<CallNode<Subject>>();
    for (const key of keysOf(node)) {
      const known = this.#byKey.get(key);
      if (known === undefined) {
        this.#byKey.set(key, new Set([node]));
        continue;
      }
      for (const other of latest(known)) compared.add(other);
      known.add(node);
    }
    for (const other of compared) {
      const evidence = sameCallEvidence(node, other);
      if (evidence === undefined) continue;
      (node.peers ??= new Map()).set(other, evidence);
      (other.peers ??= new Map()).set(node, evidence);
    }
  }

  /** The first call that got the answer with that id from its provider. */
  answered(responseId: string): CallNode<Subject> | undefined {
    const known = [...(this.#byKey.get(responseKey(responseId)) ?? [])];
    const answered = known.filter(({ call }) => call.answeredFromCache !== true);
    return answered.reduce<CallNode<Subject> | undefined>(
      (first, each) => (first === undefined || startsBefore(each, first) ? each : first),
      undefined,
    );
  }

  remove(node: CallNode<Subject>): void {
    for (const key of keysOf(node)) {
      const known = this.#byKey.get(key);
      known?.delete(node);
      if (known?.size === 0) this.#byKey.delete(key);
    }
    for (const peer of node.peers?.keys() ?? []) peer.peers?.delete(node);
    node.peers = undefined;
  }
}

/** Whatever evidence there can be, two reports of one call have one of these in common. */
function keysOf<Subject>({ report, call }: CallNode<Subject>): string[] {
  const keys = [`trace ${report.traceId}`];
  if (call.responseId !== undefined) keys.push(responseKey(call.responseId));
  const { input, output } = usageTotals(call);
  if (input !== undefined) keys.push(`input ${input} ${report.service}`);
  if (output !== undefined) keys.push(`output ${output} ${report.service}`);
  if (report.parentSpanId === '') keys.push(`root ${report.service}`);
  return keys;
}

function responseKey(responseId: string): string {
  return `response ${responseId}`;
}

function latest<Subject>(nodes: ReadonlySet<CallNode<Subject>>): CallNode<Subject>[] {
  const all = [...nodes];
  return all.length <= COMPARED_MAX ? all : all.slice(-COMPARED_MAX);
}
