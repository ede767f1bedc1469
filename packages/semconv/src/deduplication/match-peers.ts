import { compareQuality } from './report-quality.ts';
import { type CallNode, isCallNode, type SpanNode, startsBefore } from './span-node.ts';

interface Match<Subject> {
  readonly left: CallNode<Subject>;
  readonly right: CallNode<Subject>;
  readonly evidence: number;
  readonly distanceMillis: number;
}

/** Reports that are matched at once; beyond it the rest is left as it stands. */
const PEERS_MAX = 1000;

/**
 * Finds among reports that are not nested those of one call, and bills the most telling of each.
 *
 * 1. Take the pairs with evidence, the surest first, then the closest in time.
 * 2. Join the two unless that brought two reports of one instrumentation together: it reports a call once, so with two
 *    parallel calls each report finds its own partner.
 * 3. In each group the report that tells the most is billed, and of equals the shortest, which is the closest to the
 *    wire.
 *
 * @param from Reports whose standing may have changed.
 * @returns Every report that was looked at.
 */
export function matchPeers<Subject>(from: Iterable<SpanNode<Subject>>): CallNode<Subject>[] {
  const reports = reachable(from);
  const groups = new Map<CallNode<Subject>, CallNode<Subject>[]>();
  for (const report of reports) {
    report.billedElsewhere = undefined;
    groups.set(report, [report]);
  }
  for (const { left, right } of matchesAmong(reports)) {
    const one = groups.get(left);
    const other = groups.get(right);
    if (one === undefined || other === undefined || one === other || shareSource(one, other)) continue;
    one.push(...other);
    for (const member of other) groups.set(member, one);
  }
  for (const group of new Set(groups.values())) {
    const billed = group.reduce((best, each) => (isBetter(each, best) ? each : best));
    for (const report of group) if (report !== billed) report.billedElsewhere = billed;
  }
  return reports;
}

/** The reports that stand for a call and hang together by evidence. */
function reachable<Subject>(from: Iterable<SpanNode<Subject>>): CallNode<Subject>[] {
  const seen = new Set<SpanNode<Subject>>();
  const toVisit = [...from];
  const reports: CallNode<Subject>[] = [];
  for (let node = toVisit.pop(); node !== undefined && seen.size < PEERS_MAX; node = toVisit.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.standsFor === undefined && !node.isFinal && isCallNode(node)) reports.push(node);
    if (node.peers !== undefined) toVisit.push(...node.peers.keys());
  }
  return reports;
}

function matchesAmong<Subject>(reports: readonly CallNode<Subject>[]): Match<Subject>[] {
  const members = new Set<SpanNode<Subject>>(reports);
  const matches: Match<Subject>[] = [];
  for (const left of reports) {
    for (const [right, evidence] of left.peers ?? []) {
      if (!members.has(right) || !startsBefore(left, right)) continue;
      matches.push({ left, right, evidence, distanceMillis: distanceMillis(left, right) });
    }
  }
  return matches.sort(
    (a, b) =>
      a.evidence - b.evidence ||
      a.distanceMillis - b.distanceMillis ||
      byIds(a.left, b.left) ||
      byIds(a.right, b.right),
  );
}

function distanceMillis<Subject>(left: CallNode<Subject>, right: CallNode<Subject>): number {
  return (
    Math.abs(left.report.startMillis - right.report.startMillis) +
    Math.abs(left.report.endMillis - right.report.endMillis)
  );
}

function byIds<Subject>(left: CallNode<Subject>, right: CallNode<Subject>): number {
  if (left === right) return 0;
  return startsBefore(left, right) ? -1 : 1;
}

function shareSource<Subject>(
  one: readonly CallNode<Subject>[],
  other: readonly CallNode<Subject>[],
): boolean {
  return one.some(({ report: a }) =>
    other.some(({ report: b }) => a.scopeName === b.scopeName && a.service === b.service),
  );
}

function isBetter<Subject>(one: CallNode<Subject>, other: CallNode<Subject>): boolean {
  const quality = compareQuality(one.call, other.call);
  if (quality !== 0) return quality > 0;
  const durations = durationMillis(one) - durationMillis(other);
  return durations === 0 ? startsBefore(one, other) : durations < 0;
}

function durationMillis<Subject>({ report }: CallNode<Subject>): number {
  return report.endMillis - report.startMillis;
}
