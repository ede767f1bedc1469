import { createHash } from 'node:crypto';

/** Longer texts are told by their length and hash. */
const TEXT_LENGTH_MAX = 4000;
const CAUSES_MAX = 4;
/** Drawn or measured by an SDK anew each time. */
const CHANGING_FIELDS = new Set(['totalRetryDelay', 'timestamp']);

/** A value as JSON, so that two runs can be compared. */
export function describe(value: unknown, depth: number = 0): unknown {
  if (typeof value === 'string') return describeText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (value === undefined) return 'undefined';
  if (value === null || typeof value !== 'object') return value;
  if (depth > 12) return 'too deep';
  if (value instanceof Error) return describeError(value);
  if (value instanceof Uint8Array) return describeBytes(value);
  if (Array.isArray(value)) return value.map((element) => describe(element, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      CHANGING_FIELDS.has(key) ? 'changes' : describe(field, depth + 1),
    ]),
  );
}

function describeText(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : describeBytes(Buffer.from(text));
}

function describeBytes(bytes: Uint8Array): string {
  return `${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
}

/** What an application may look at in an error. Stacks are left out: they name the place, which is ours to change. */
export function describeError(error: unknown, causes: number = 0): unknown {
  if (!(error instanceof Error)) return { thrown: describe(error) };
  const { status, code, type, requestID, error: body, headers } = error as unknown as Record<string, unknown>;
  return {
    class: error.constructor.name,
    name: error.name,
    message: describeText(error.message),
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(type !== undefined && { type }),
    ...(requestID !== undefined && { requestID }),
    ...(body !== undefined && !(body instanceof Error) && { body: describe(body) }),
    ...(headers instanceof Headers && { headers: [...headers] }),
    ...(error.cause !== undefined &&
      causes < CAUSES_MAX && { cause: describeError(error.cause, causes + 1) }),
  };
}

/** What an application may look at in a response, before its body is read. */
export function describeResponse(response: Response): unknown {
  return {
    isResponse: response instanceof Response,
    class: response.constructor.name,
    tag: Object.prototype.toString.call(response),
    keys: Object.getOwnPropertyNames(response),
    status: response.status,
    statusText: response.statusText,
    ok: response.ok,
    url: response.url,
    type: response.type,
    redirected: response.redirected,
    bodyUsed: response.bodyUsed,
    bodyClass: response.body?.constructor.name,
    bodyLocked: response.body?.locked,
    headers: [...response.headers],
    headersAreImmutable: throws(() => response.headers.set('x-changed', '1')),
  };
}

function throws(action: () => void): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}

/** The error of an action that is to fail, or what it returned instead. */
export async function failure(action: () => unknown): Promise<unknown> {
  try {
    return { returned: describe(await action()) };
  } catch (error) {
    return { thrown: describeError(error) };
  }
}

/** What a stream gives until its end, and the error that ends it. */
export async function readStream<Item, Kept>(
  stream: AsyncIterable<Item> | undefined,
  keep: (item: Item) => Kept,
): Promise<{ items: Kept[]; error?: unknown }> {
  const items: Kept[] = [];
  try {
    if (stream === undefined) return { items, error: 'no stream' };
    for await (const item of stream) items.push(keep(item));
    return { items };
  } catch (error) {
    return { items, error: describeError(error) };
  }
}

/** Reads a body by hand. How the bytes were cut is the network's matter, so only their sum is told. */
export async function readBytes(body: ReadableStream<Uint8Array> | null): Promise<Buffer> {
  if (body === null) return Buffer.alloc(0);
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    chunks.push(value);
  }
}
