import { resolve } from 'node:path';
import type { StoreConfig } from '@costspan/config';
import {
  openDuckDbStore,
  openNoStore,
  openRemoteStore,
  type RecordStore,
  type StoreEvent,
} from '@costspan/store';
import type { GatewayLog } from './gateway-log.ts';
import { LiveFiles, type Parsed } from './security/live-files.ts';

/** What opening a store needs beside its configuration. */
export interface OpenStoreParts {
  /** Where relative paths of the configuration start, but for the data folder. */
  readonly folder: string;
  readonly log: GatewayLog;
  /** Time between two looks at the token's file. */
  readonly checkMillis: number;
}

/** A token as an HTTP header can hold it. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** Opens the books that the configuration names. */
export async function openStore(
  { kind, path, url, tokenFile }: StoreConfig,
  parts: OpenStoreParts,
): Promise<Parsed<RecordStore>> {
  if (kind === 'none') return { ok: true, value: openNoStore() };
  if (kind === 'gateway') return openBooksOfGateway(url ?? '', tokenFile, parts);
  const opened = await openDuckDbStore({ path, onEvent: (event) => logStoreEvent(event, parts.log) });
  return opened.ok ? { ok: true, value: opened.store } : { ok: false, problem: opened.error.message };
}

async function openBooksOfGateway(
  url: string,
  tokenFile: string | undefined,
  { folder, log, checkMillis }: OpenStoreParts,
): Promise<Parsed<RecordStore>> {
  if (tokenFile === undefined) return { ok: true, value: openRemoteStore({ url }) };
  const file = { key: 'store.token_file', path: resolve(folder, tokenFile) };
  const opened = await LiveFiles.open({
    files: [file],
    parse([text = '']): Parsed<string> {
      const token = text.trim();
      if (TOKEN.test(token)) return { ok: true, value: token };
      const problem = `${file.path}, which ${file.key} names, has no bearer token; write the token alone into it`;
      return { ok: false, problem };
    },
  });
  if (!opened.ok) return opened;
  const token = opened.value;
  token.watch(checkMillis, {
    onChange: () => log.info(`the token of ${file.key} has changed`),
    onProblem: (problem) => log.warn(file.key, `${problem}; the token before stays in use`),
  });
  return { ok: true, value: openRemoteStore({ url, token: () => token.current }) };
}

function logStoreEvent(event: StoreEvent, log: GatewayLog): void {
  switch (event.code) {
    case 'archived':
      return log.info(`archive written: ${event.days} days, ${event.records} records`);
    case 'archive_failed':
      return log.warn(
        'archive',
        `the archive could not be written, and will be tried again: ${event.message}`,
      );
    case 'frame_refused':
      // The database's own words could quote a record.
      return log.alert(`the database refused ${event.records} records; they are put aside in the quarantine`);
    case 'database_damaged':
      return log.alert(`the database is damaged, and is made again at the next start: ${event.message}`);
  }
}
