import type { ModelCall } from '@costspan/cost-model';

/** Operations that are steps of a chat, and no other way of reporting it. */
const STEPS: ReadonlySet<string> = new Set(['embeddings', 'rerank']);

/** Whether two reports can be of one call by what was done: a chat is no repetition of the embedding that it made. */
export function isSameKind(
  { operation: left }: Pick<ModelCall, 'operation'>,
  { operation: right }: Pick<ModelCall, 'operation'>,
): boolean {
  return left === right || (!STEPS.has(left) && !STEPS.has(right));
}
