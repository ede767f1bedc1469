import { canBeSameUsage, compareQuality } from './report-quality.ts';
import { overlaps, SLACK_OTHER_PROCESS_MILLIS } from './same-call.ts';
import { type CallNode, representativeOf, startsBefore } from './span-node.ts';

interface Match<Subject> {
  readonly left: CallNode<Subject>;
  readonly right: CallNode<Subject>;
  readonly evidence: number;
  readonly distanceMillis: number;
}

/** Reports that hang together and are matched at once; beyond it the rest is matched by itself. */
const COMPONENT_MAX = 600;

/**
 * Finds among reports that are not nested those of one call, and bills the most telling of each.
 *
 * 1. Take the pairs with evidence, the surest first, then the closest in time. Evidence on a nested report holds for
 *    the one that stands for it.
 * 2. Join the two unless that brought two reports of one instrumentation together: it reports a call once, so with two
 *    parallel calls each report finds its own partner.
 * 3. In each group the report of the first answer that tells the most is billed, and of equals the shortest, which is the
 *    closest to the wire. A report of several calls together is never billed in their place.
 *
 * @param from Reports whose standing may have changed.
 * @returns Every report that was looked at.
 */
export function matchPeers<Subject>(from: Iterable<CallNode<Subject>>): CallNode<Subject>[] {
  const seen = new Set<CallNode<Subject>>();
  const reports: CallNode<Subject>[] = [];
  for (const start of from) {
    if (seen.has(start)) continue;
    const component = reachable(start, seen);
    for (const report of component) reports.push(report);
    matchComponent(component);
  }
  return reports;
}

/** The reports that hang together with one by nesting or by evidence. */
function reachable<Subject>(start: CallNode<Subject>, seen: Set<CallNode<Subject>>): CallNode<Subject>[] {
  const component: CallNode<Subject>[] = [];
  const toVisit = [start];
  for (let node = toVisit.pop(); node !== undefined; node = toVisit.pop()) {
    if (seen.has(node) || node.isForgotten || component.length >= COMPONENT_MAX) continue;
    seen.add(node);
    component.push(node);
    if (node.standsFor !== undefined) toVisit.push(representativeOf(node));
    for (const represented of node.represents ?? []) toVisit.push(represented);
    if (node.peers !== undefined) toVisit.push(...node.peers.keys());
  }
  return component;
}

function matchComponent<Subject>(component: readonly CallNode<Subject>[]): void {
  const groups = new Map<CallNode<Subject>, Group<Subject>>();
  for (const report of component) {
    if (report.standsFor !== undefined || report.isFinal) continue;
    report.billedElsewhere = undefined;
    report.billsFor = undefined;
    groups.set(report, newGroup(report));
  }
  for (const { left, right } of matchesAmong(component)) {
    const one = groups.get(representativeOf(left));
    const other = groups.get(representativeOf(right));
    if (one === undefined || other === undefined || one === other) continue;
    const isNested = left.standsFor !== undefined || right.standsFor !== undefined;
    if (haveInCommon(one.sources, other.sources)) continue;
    if (isNested && haveInCommon(one.sourcesInside, other.sourcesInside)) continue;
    if (isSum(left)) for (const member of other.reports) one.sums.add(member);
    if (isSum(right)) for (const member of one.reports) one.sums.add(member);
    for (const member of other.reports) groups.set(member, one);
    one.reports.push(...other.reports);
    for (const source of other.sources) one.sources.add(source);
    for (const source of other.sourcesInside) one.sourcesInside.add(source);
    for (const sum of other.sums) one.sums.add(sum);
  }
  for (const group of new Set(groups.values())) bill(group);
}

/** Reports of one call. */
interface Group<Subject> {
  readonly reports: CallNode<Subject>[];
  readonly sources: Set<string>;
  /** Those of the reports that are nested with them too. */
  readonly sourcesInside: Set<string>;
  /** Those that count more than one of the calls, such as a wrapper around two. */
  readonly sums: Set<CallNode<Subject>>;
}

function newGroup<Subject>(report: CallNode<Subject>): Group<Subject> {
  const represented = report.represents ?? [];
  return {
    reports: [report],
    sources: new Set([report.source]),
    sourcesInside: new Set([report.source, ...represented.map(({ source }) => source)]),
    sums: new Set(),
  };
}

function haveInCommon(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  for (const source of one) if (other.has(source)) return true;
  return false;
}

/** Whether a nested report counts something else than the one that stands for it. */
function isSum<Subject>(node: CallNode<Subject>): boolean {
  return node.standsFor !== undefined && !canBeSameUsage(node.call, representativeOf(node).call);
}

/** What comes later with the id of an answer was answered from a cache. */
function bill<Subject>({ reports, sums }: Group<Subject>): void {
  if (reports.length === 1) return;
  const single = reports.filter((report) => !sums.has(report));
  const candidates = single.length === 0 ? reports : single;
  const first = candidates.reduce((earliest, each) => (startsBefore(each, earliest) ? each : earliest));
  const billed = candidates
    .filter((each) => overlaps(each, first, SLACK_OTHER_PROCESS_MILLIS))
    .reduce((best, each) => (isBetter(each, best) ? each : best));
  billed.billsFor = reports.filter((report) => report !== billed);
  for (const report of billed.billsFor) report.billedElsewhere = billed;
}

function matchesAmong<Subject>(component: readonly CallNode<Subject>[]): Match<Subject>[] {
  const members = new Set(component);
  const matches: Match<Subject>[] = [];
  for (const left of component) {
    if (left.isFinal) continue;
    for (const [right, { evidence, distanceMillis }] of left.peers ?? []) {
      if (right.isFinal || !members.has(right)) continue;
      // A report keeps its nearest peers only, so that one of the two may not have the other.
      if (!startsBefore(left, right) && right.peers?.has(left) === true) continue;
      matches.push({ left, right, evidence, distanceMillis });
    }
  }
  return matches.sort(
    (a, b) =>
      a.evidence - b.evidence ||
      a.distanceMillis - b.distanceMillis ||
      byStart(a.left, b.left) ||
      byStart(a.right, b.right),
  );
}

function byStart<Subject>(left: CallNode<Subject>, right: CallNode<Subject>): number {
  if (left === right) return 0;
  return startsBefore(left, right) ? -1 : 1;
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
