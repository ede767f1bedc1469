import { type ForwardConfig, formatConfigErrors, parseHeadersFile } from '@costspan/config';
import { LiveFiles, type NamedFile, type Parsed } from './live-files.ts';
import { checkKeyPair, readCertificates } from './server-tls.ts';

/** What the gateway shows to a forward target, and by what it knows the target. */
export interface ForwardCredentials {
  readonly headers: Readonly<Record<string, string>>;
  /** In PEM. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** Opens the files of `gateway.forward`; every path is resolved already. */
export function openForwardCredentials(
  forward: ForwardConfig,
): Promise<Parsed<LiveFiles<ForwardCredentials>>> {
  const { headersFile, tls = {} } = forward;
  const files = [
    { key: 'gateway.forward.headers_file', path: headersFile },
    { key: 'gateway.forward.tls.ca_file', path: tls.caFile },
    { key: 'gateway.forward.tls.cert_file', path: tls.certFile },
    { key: 'gateway.forward.tls.key_file', path: tls.keyFile },
  ].filter((file): file is NamedFile => file.path !== undefined);
  return LiveFiles.open({
    files,
    parse(texts) {
      const read = (key: string): { readonly file: NamedFile; readonly text: string } | undefined => {
        const index = files.findIndex((file) => file.key === `gateway.forward.${key}`);
        const file = files[index];
        return file && { file, text: texts[index] ?? '' };
      };
      return parseCredentials({
        headers: read('headers_file'),
        ca: read('tls.ca_file'),
        cert: read('tls.cert_file'),
        key: read('tls.key_file'),
      });
    },
  });
}

type ReadFile = { readonly file: NamedFile; readonly text: string } | undefined;

function parseCredentials(read: {
  readonly headers: ReadFile;
  readonly ca: ReadFile;
  readonly cert: ReadFile;
  readonly key: ReadFile;
}): Parsed<ForwardCredentials> {
  const { headers, ca, cert, key } = read;
  const parsed = headers && parseHeadersFile(headers.text, headers.file.path);
  if (parsed?.ok === false) return { ok: false, problem: formatConfigErrors(parsed.errors) };
  if (ca !== undefined) {
    const authorities = readCertificates(ca.file, ca.text);
    if (!authorities.ok) return authorities;
  }
  if (cert !== undefined && key !== undefined) {
    const pair = checkKeyPair({ certFile: cert.file, cert: cert.text, keyFile: key.file, key: key.text });
    if (!pair.ok) return pair;
  }
  return {
    ok: true,
    value: {
      headers: parsed?.headers ?? {},
      tls: {
        ...(ca && { ca: ca.text }),
        ...(cert && { cert: cert.text }),
        ...(key && { key: key.text }),
      },
    },
  };
}
