import type { ModelCall } from '@costspan/cost-model';
import { canBeSameUsage, compareQuality, tellsCost } from './report-quality.ts';
import { canBeSameModel } from './same-model.ts';
import { isSameKind } from './same-kind.ts';
import { type CallNode, isCallNode, representativeOf, type SpanNode, startsBefore } from './span-node.ts';

interface NestMember<Subject> {
  readonly node: CallNode<Subject>;
  /** The call directly around it; `undefined` for the outermost. */
  readonly outer: CallNode<Subject> | undefined;
}

/** What the calls inside one call come to. */
interface Inside<Subject> {
  /** With usage, each a call of its own. */
  readonly billed: CallNode<Subject>[];
  /** Without usage, in branches where nothing is billed. */
  readonly unpriced: CallNode<Subject>[];
}

/**
 * Decides within a nest, which is a model-call span and the model-call spans inside it, which of them stand for a
 * call. Spans that have nothing to do with a model are passed through; an agent or a tool ends the nest, because what
 * is inside them are calls of their own.
 *
 * 1. Innermost first: a call with nothing inside stands for itself.
 * 2. One with several billed calls inside repeats them (a fallback to another model, a rewrite and an answer).
 * 3. One with a single billed call inside repeats that call; of the two the one that tells more stands for both.
 * 4. One with usage and none inside stands for itself, and for the attempts inside that report none.
 * 5. Without any usage the first of the innermost stands for all.
 *
 * Every node of the nest gets its `standsFor`.
 *
 * @returns The nodes of the nest, the outermost first.
 */
export function settleNest<Subject>(outermost: CallNode<Subject>): CallNode<Subject>[] {
  const nest = collectNest(outermost);
  const insideOf = new Map<CallNode<Subject>, Inside<Subject>>();
  for (const { node } of nest) {
    node.standsFor = undefined;
    node.represents = undefined;
    insideOf.set(node, { billed: [], unpriced: [] });
  }
  for (const { node, outer } of nest.toReversed()) {
    const inside = insideOf.get(node);
    if (inside === undefined) continue;
    const result = settleCall(node, inside);
    const around = outer === undefined ? undefined : insideOf.get(outer);
    for (const each of result.billed) around?.billed.push(each);
    for (const each of result.unpriced) around?.unpriced.push(each);
  }
  for (const { node } of nest) {
    const representative = shortenedRepresentative(node);
    if (representative !== node) (representative.represents ??= []).push(node);
  }
  return nest.map(({ node }) => node);
}

/** The node that stands for another in the end; those on the way to it lead there directly from now on. */
function shortenedRepresentative<Subject>(node: CallNode<Subject>): CallNode<Subject> {
  const representative = representativeOf(node);
  let each = node;
  while (each.standsFor !== undefined && each.standsFor !== representative) {
    const next: CallNode<Subject> = each.standsFor;
    each.standsFor = representative;
    each = next;
  }
  return representative;
}

function settleCall<Subject>(node: CallNode<Subject>, inside: Inside<Subject>): Inside<Subject> {
  // A chat is no repetition of the embedding that it made on its way.
  const isRepeat = (each: CallNode<Subject>): boolean =>
    isSameKind(each.call, node.call) && !areTwoAnswers(each.call, node.call);
  const alike = inside.billed.filter(isRepeat);
  const unlike = inside.billed.filter((each) => !isRepeat(each));
  const [first, ...others] = alike.toSorted(byStart);
  if (first !== undefined) {
    const isSameCall = others.length === 0 && canBeSameUsage(node.call, first.call);
    const standsForBoth = isSameCall && compareQuality(node.call, first.call) > 0 ? node : first;
    const repeated = standsForBoth === node ? first : node;
    repeated.standsFor = standsForBoth;
    // An attempt that failed was made again; one that was cut off may have been billed.
    for (const attempt of inside.unpriced) {
      if (attempt.call.errorType !== undefined) attempt.standsFor = standsForBoth;
    }
    const left = inside.unpriced.filter((attempt) => attempt.standsFor === undefined);
    return { billed: [standsForBoth, ...others, ...unlike], unpriced: left };
  }
  if (tellsCost(node.call)) {
    for (const attempt of inside.unpriced) attempt.standsFor = node;
    return { billed: [node, ...unlike], unpriced: [] };
  }
  const [attempt, ...repeats] = inside.unpriced.toSorted(byStart);
  if (attempt === undefined) return { billed: unlike, unpriced: [node] };
  for (const repeat of [node, ...repeats]) repeat.standsFor = attempt;
  return { billed: unlike, unpriced: [attempt] };
}

/** The calls of a nest with the call around each, from the outside in. */
function collectNest<Subject>(outermost: CallNode<Subject>): NestMember<Subject>[] {
  const nest: NestMember<Subject>[] = [{ node: outermost, outer: undefined }];
  const seen = new Set<SpanNode<Subject>>([outermost]);
  for (let index = 0; index < nest.length; index++) {
    const outer = nest[index]?.node;
    const toVisit = [...(outer?.children ?? [])];
    for (let child = toVisit.pop(); child !== undefined; child = toVisit.pop()) {
      if (seen.has(child) || child.isBoundary) continue;
      seen.add(child);
      if (isCallNode(child)) nest.push({ node: child, outer });
      else for (const inner of child.children ?? []) toVisit.push(inner);
    }
  }
  return nest;
}

/** The wire tells of each call once, so that two of its reports with different ids are two calls. */
function areTwoAnswers(left: ModelCall, right: ModelCall): boolean {
  if (left.usageSource !== 'wire' || right.usageSource !== 'wire') return false;
  return left.responseId !== right.responseId || !canBeSameModel(left, right) || !canBeSameUsage(left, right);
}

function byStart<Subject>(left: CallNode<Subject>, right: CallNode<Subject>): number {
  return startsBefore(left, right) ? -1 : 1;
}
