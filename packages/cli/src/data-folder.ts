import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DATABASE_FILE, openDuckDbStore, type RecordStore } from '@costspan/store';
import { UsageError } from './exit-code.ts';
import { findRunningGateway, type RunningGateway } from './running-gateway.ts';

const ANSWER_TIMEOUT_MILLIS = 60_000;

/** Answers the questions of a command from the books, whoever has them open. */
export interface BooksReader<Source> {
  readonly ofStore: (store: RecordStore) => Source;
  readonly ofGateway: (gateway: RunningGateway) => Source;
}

/**
 * Opens the database, or asks the gateway that has it open. The lock on the file is the proof that one runs:
 * its address in the folder may be left over from a gateway that was killed.
 */
export async function openDataFolder<Source>(
  folder: string,
  { ofStore, ofGateway }: BooksReader<Source>,
): Promise<Source> {
  if (!existsSync(join(folder, DATABASE_FILE))) {
    throw new UsageError(
      `${folder} has no records; start "costspan up" there and send it spans, or name another folder with --data`,
    );
  }
  const opened = await openDuckDbStore({ path: folder });
  if (opened.ok) return ofStore(opened.store);
  const gateway = opened.error.code === 'locked' ? await findRunningGateway(folder) : undefined;
  if (gateway === undefined) throw new UsageError(opened.error.message);
  return ofGateway(gateway);
}

/** Asks the gateway's query API. */
export async function askGateway<Answer>(
  { url, queryUrl, queryHeaders }: RunningGateway,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<Answer> {
  const address = new URL(path, queryUrl);
  address.search = new URLSearchParams(query).toString();
  const response = await fetch(address, {
    headers: queryHeaders,
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MILLIS),
  });
  if (!response.ok) {
    throw new UsageError(`the gateway at ${url} answered ${response.status}: ${await response.text()}`);
  }
  return (await response.json()) as Answer;
}
