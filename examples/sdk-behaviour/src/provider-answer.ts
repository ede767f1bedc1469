import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

/** A whole answer of a provider, without a coding. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body cut where a provider flushes: the events of a stream, or one document. */
  readonly events: readonly Buffer[];
}

/** Headers that belong to one transfer, not to the answer. */
const TRANSFER_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/** Asks the provider emulator. The moment of the answer is taken out of it, so that the same request gives the same. */
export async function askProvider(
  providerUrl: string,
  { path, contentType, body }: { readonly path: string; readonly contentType: string; readonly body: Buffer },
): Promise<ProviderAnswer> {
  const asked = request(`${providerUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': contentType, 'content-length': body.length },
  });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (typeof value === 'string' && !TRANSFER_HEADERS.has(name)) headers[name] = value;
  }
  const answerType = headers['content-type'] ?? '';
  return {
    status: response.statusCode ?? 500,
    headers,
    events: splitEvents(answerType, Buffer.concat(chunks)),
  };
}

/** Cuts a body where a provider flushes it. */
function splitEvents(contentType: string, body: Buffer): Buffer[] {
  if (contentType.startsWith('application/vnd.amazon.eventstream')) return splitFrames(body);
  const text = body.toString().replaceAll(/"(created|created_at|completed_at)":\d{10}\b/g, '"$1":1700000000');
  if (!contentType.startsWith('text/event-stream')) return [Buffer.from(text)];
  return text
    .split(/(?<=\n\n)/)
    .filter((event) => event !== '')
    .map((event) => Buffer.from(event));
}

/** A frame of AWS's event stream begins with its length. */
function splitFrames(body: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let start = 0; start < body.length;) {
    const end = start + body.readUInt32BE(start);
    frames.push(body.subarray(start, end));
    start = end;
  }
  return frames;
}
