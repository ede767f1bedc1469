import { readFileSync } from 'node:fs';
import { type Provider, waitForUpdate } from '@pydantic/genai-prices';

/** The prices of the installed package, and the day up to which they vouch for themselves. */
export interface GenaiSource {
  readonly version: string;
  readonly published: string;
  readonly providers: ReadonlyMap<string, Provider>;
}

/**
 * The day that each version was published, from the npm registry:
 * `npm view @pydantic/genai-prices time --json`.
 */
const PUBLISHED_DAYS: Readonly<Record<string, string>> = { '0.1.8': '2026-09-23' };

export async function readGenaiSource(): Promise<GenaiSource> {
  const manifest = new URL('../package.json', import.meta.resolve('@pydantic/genai-prices'));
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const published = PUBLISHED_DAYS[version];
  if (published === undefined) {
    throw new Error(
      `@pydantic/genai-prices ${version} has no publication day here: add it to PUBLISHED_DAYS in ${import.meta.filename}`,
    );
  }
  const providers = await waitForUpdate();
  return { version, published, providers: new Map((providers ?? []).map((each) => [each.id, each])) };
}
