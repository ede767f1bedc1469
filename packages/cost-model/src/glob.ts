/** A pattern in which `*` stands for any text, the empty one included; everything else stands for itself. */
export class Glob {
  readonly pattern: string;
  readonly #prefix: string;
  /** Texts between the first and the last `*`, in their order. */
  readonly #between: readonly string[];
  /** `undefined` when the pattern has no `*`. */
  readonly #suffix: string | undefined;

  constructor(pattern: string) {
    this.pattern = pattern;
    const [prefix = '', ...rest] = pattern.split('*');
    this.#prefix = prefix;
    this.#suffix = rest.pop();
    this.#between = rest.filter((part) => part !== '');
  }

  /** Whether the pattern is a plain text, which fits itself only. */
  get isLiteral(): boolean {
    return this.#suffix === undefined;
  }

  /**
   * Whether a text fits. Each part is taken where it first occurs, which leaves the most for those behind it, so that
   * no place is tried twice.
   */
  fits(text: string): boolean {
    if (this.#suffix === undefined) return text === this.pattern;
    const end = text.length - this.#suffix.length;
    if (end < this.#prefix.length || !text.startsWith(this.#prefix) || !text.endsWith(this.#suffix))
      return false;
    let at = this.#prefix.length;
    for (const part of this.#between) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
      if (at > end) return false;
    }
    return true;
  }

  /**
   * Whether some text fits both. Two patterns with a `*` have one as soon as their beginnings and their ends agree: the
   * longer beginning, what either has between, and the longer end. For `gpt-*-mini` and `gpt-5*` it is `gpt-5-mini`.
   */
  overlaps(other: Glob): boolean {
    if (this.#suffix === undefined) return other.fits(this.pattern);
    if (other.#suffix === undefined) return this.fits(other.pattern);
    const [shorterStart, longerStart] = byLength(this.#prefix, other.#prefix);
    const [shorterEnd, longerEnd] = byLength(this.#suffix, other.#suffix);
    return longerStart.startsWith(shorterStart) && longerEnd.endsWith(shorterEnd);
  }
}

function byLength(left: string, right: string): readonly [shorter: string, longer: string] {
  return left.length <= right.length ? [left, right] : [right, left];
}
