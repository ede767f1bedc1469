import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes a file's bytes, or a folder's names, survive a loss of power. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems cannot flush a folder; its names are then as durable as they get.
    if (!(error instanceof Error && 'code' in error && (error.code === 'EINVAL' || error.code === 'EISDIR')))
      throw error;
  } finally {
    await handle.close();
  }
}

/** Puts a text in a file's place: a crash leaves the old text or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const writing = `${path}.writing`;
  await writeFile(writing, text, { flush: true });
  await rename(writing, path);
  await syncPath(dirname(path));
}

/** The SHA-256 of a file's bytes, in hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
