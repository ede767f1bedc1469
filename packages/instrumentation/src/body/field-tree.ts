import assert from 'node:assert';

/**
 * Paths compiled into a tree that is walked beside a JSON document. Where a path ends (`isTaken`) the value is taken
 * whole; what no path leads to is skipped.
 */
export interface FieldTree {
  readonly name: string;
  readonly nameBytes: Buffer;
  readonly isTaken: boolean;
  /** True where fields of an object are read. */
  readonly isObject: boolean;
  /** What is read of each element, where the value is an array. */
  readonly element: FieldTree | undefined;
  /** The fields of an object whose names have a given length in bytes. */
  readonly fieldsByLength: readonly (readonly FieldTree[] | undefined)[];
  readonly fieldsByName: ReadonlyMap<string, FieldTree>;
  /** The longest spelling of a field's name: every character may be written as `\u0075`. */
  readonly keyBytesMax: number;
}

const ESCAPE_BYTES = 6;

/**
 * Compiles paths such as `usage`, `response.usage` and `choices.*.finish_reason`. A top-level array is a list of
 * documents, so that `*.usageMetadata` means the same as `usageMetadata`.
 */
export function compileFields(paths: readonly string[]): FieldTree {
  const tree = treeOf(
    '',
    paths.map((path) => (path.startsWith('*.') ? path.slice(2) : path).split('.')),
  );
  // A document is an object even where nothing of it is wanted.
  return { ...tree, isObject: true };
}

/** The field whose name is written, without escapes, in `bytes` from `start` to `end`. */
export function fieldNamed(
  tree: FieldTree,
  bytes: Uint8Array,
  start: number,
  end: number,
): FieldTree | undefined {
  const fields = tree.fieldsByLength[end - start];
  if (fields === undefined) return undefined;
  for (const field of fields) {
    const name = field.nameBytes;
    let matched = 0;
    while (matched < name.length && bytes[start + matched] === name[matched]) matched++;
    if (matched === name.length) return field;
  }
  return undefined;
}

function treeOf(name: string, paths: readonly (readonly string[])[]): FieldTree {
  const isTaken = paths.some((path) => path.length === 0);
  const pathsByName = new Map<string, (readonly string[])[]>();
  for (const [first, ...rest] of isTaken ? [] : paths) {
    assert(first !== undefined && first !== '' && first !== '__proto__', 'a path has names between its dots');
    const sameName = pathsByName.get(first);
    if (sameName === undefined) pathsByName.set(first, [rest]);
    else sameName.push(rest);
  }
  const fieldsByName = new Map<string, FieldTree>();
  const fieldsByLength: FieldTree[][] = [];
  let element: FieldTree | undefined;
  let nameBytesMax = 0;
  for (const [childName, childPaths] of pathsByName) {
    const child = treeOf(childName, childPaths);
    if (childName === '*') {
      element = child;
      continue;
    }
    const { length } = child.nameBytes;
    fieldsByName.set(childName, child);
    (fieldsByLength[length] ??= []).push(child);
    nameBytesMax = Math.max(nameBytesMax, length);
  }
  return {
    name,
    nameBytes: Buffer.from(name),
    isTaken,
    isObject: fieldsByName.size > 0,
    element,
    fieldsByLength,
    fieldsByName,
    keyBytesMax: nameBytesMax * ESCAPE_BYTES,
  };
}
