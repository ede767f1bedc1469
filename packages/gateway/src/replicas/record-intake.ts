import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RecordStore } from '@costspan/store';
import type { GatewayLog } from '../gateway-log.ts';
import type { InFlightLimit } from '../in-flight-limit.ts';
import { readBody } from '../read-body.ts';
import { recordWrite } from './cost-record-schema.ts';

/** What a {@link RecordIntake} works with. */
export interface RecordIntakeParts {
  readonly store: RecordStore;
  readonly inFlight: InFlightLimit;
  readonly bodyBytesMax: number;
  readonly log: GatewayLog;
}

interface Answer {
  readonly status: 200 | 400 | 413 | 503;
  readonly body: object;
}

const RETRY_AFTER_SECONDS = 1;

/**
 * Takes the records of replicas on `POST /api/records`: gateways that share these books. The answer 200 tells for each record
 * whether it was new, once it is on disk and questions see it; 503 asks to send it again.
 */
export class RecordIntake {
  readonly #parts: RecordIntakeParts;

  constructor(parts: RecordIntakeParts) {
    this.#parts = parts;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request);
    if (answer === undefined) return;
    const body = JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(answer.status === 503 && { 'retry-after': String(RETRY_AFTER_SECONDS) }),
    });
    response.end(body);
    request.resume();
  }

  async #answer(request: IncomingMessage): Promise<Answer | undefined> {
    const { inFlight, bodyBytesMax } = this.#parts;
    const admission = inFlight.receive(() => request.destroy());
    if (admission === undefined) return unavailable('too many requests are in flight');
    try {
      const read = await readBody(request, bodyBytesMax, admission);
      if (read.ok && !admission.begin()) return unavailable('too many requests are in flight');
      if (read.ok) return await this.#write(read.body);
      if (read.problem === 'aborted') return undefined;
      if (read.problem === 'no_capacity') return unavailable('too many bytes are in flight');
      if (read.problem === 'body_too_large')
        return { status: 413, body: { error: `the body is larger than ${bodyBytesMax} bytes` } };
      return refused('the body is not what its Content-Encoding says');
    } finally {
      admission.release();
    }
  }

  async #write(body: Uint8Array): Promise<Answer> {
    let value: unknown;
    try {
      value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
    } catch {
      return refused('the body is not JSON');
    }
    const parsed = recordWrite.safeParse(value);
    // Where it is wrong, and never what is there.
    if (!parsed.success)
      return refused(`these are no cost records: ${placeOf(parsed.error.issues[0]?.path)}`);
    const { records, corrections } = parsed.data;
    try {
      return { status: 200, body: { isNew: await this.#parts.store.write(records, corrections) } };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      this.#parts.log.warn('store', `records of a replica could not be committed: ${code}`);
      return unavailable('the cost records could not be committed');
    }
  }
}

const refused = (error: string): Answer => ({ status: 400, body: { error } });
const unavailable = (error: string): Answer => ({ status: 503, body: { error } });

/** The list, the position and the field; what is deeper may be the sender's own text. */
function placeOf(path: readonly PropertyKey[] = []): string {
  return path.length === 0 ? 'the body' : path.slice(0, 3).map(String).join('.');
}
