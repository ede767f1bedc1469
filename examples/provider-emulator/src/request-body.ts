import type { IncomingMessage } from 'node:http';
import { ZodError } from 'zod';
import type { WireCall } from './wire-api.ts';
import type { WireRoute } from './wire-routes.ts';

export const BODY_BYTES_MAX = 8 * 1024 * 1024;

/** `undefined` when the body is too large. */
export async function receiveBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The call that a body asks for, or what is wrong with it. */
export async function readCall(
  { api, pathModel }: WireRoute,
  body: Buffer,
  contentType: string | undefined,
): Promise<WireCall | string> {
  try {
    return api.read(await parseBody(body, contentType), pathModel);
  } catch (error) {
    if (error instanceof ZodError) {
      return error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    }
    if (error instanceof SyntaxError) return `the body is not JSON: ${error.message}`;
    if (error instanceof TypeError) return `the body is not a form: ${error.message}`;
    throw error;
  }
}

/** A form becomes an object of its fields, in which a file is a `Blob`. */
async function parseBody(body: Buffer, contentType: string | undefined): Promise<unknown> {
  if (contentType?.startsWith('multipart/form-data') !== true) return JSON.parse(body.toString());
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData();
  return Object.fromEntries(form.entries());
}
