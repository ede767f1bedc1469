import type { CallNode } from './span-node.ts';

/** Calls of one scope that are compared with a new one, the latest. */
const COMPARED_MAX = 512;

/**
 * Calls by the instrumentation that reported them. One instrumentation reports a call once, so a new report is only
 * compared with those of the others, and where there is one instrumentation it is compared with none.
 */
export class ScopedCalls<Subject> {
  readonly #scopes: { readonly scopeName: string; calls: CallNode<Subject>[] }[] = [];

  add(node: CallNode<Subject>): void {
    const { scopeName } = node.report;
    const known = this.#scopes.find((scope) => scope.scopeName === scopeName);
    if (known === undefined) {
      this.#scopes.push({ scopeName, calls: [node] });
      return;
    }
    known.calls.push(node);
    if (known.calls.length >= 2 * COMPARED_MAX) known.calls = known.calls.slice(-COMPARED_MAX);
  }

  /** The calls of other instrumentations. */
  forEachOther(node: CallNode<Subject>, visit: (other: CallNode<Subject>) => void): void {
    for (const { scopeName, calls } of this.#scopes) {
      if (scopeName === node.report.scopeName) continue;
      for (let index = Math.max(0, calls.length - COMPARED_MAX); index < calls.length; index++) {
        const other = calls[index];
        if (other !== undefined && !other.isForgotten) visit(other);
      }
    }
  }
}
