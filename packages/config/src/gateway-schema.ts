import { z } from 'zod';
import type { GatewayConfig } from './costspan-config.ts';
import { parseListenAddress } from './listen-address.ts';

const PATH_CHARACTERS_MAX = 4096;
const BODY_BYTES_DEFAULT = 64 * 1024 * 1024;
const BODY_BYTES_LIMIT = 1024 ** 3;
const TIMEOUT_SECONDS_LIMIT = 3600;

const filePath = z.string().min(1).max(PATH_CHARACTERS_MAX);

const listen = z
  .string()
  .transform((text, context) => {
    const address = parseListenAddress(text);
    if (address !== undefined) return address;
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not an address; write HOST:PORT, such as "127.0.0.1:4318" or "[::1]:4318"`,
    });
    return z.NEVER;
  })
  .prefault('127.0.0.1:4318')
  .describe('Where the gateway listens for OTLP/HTTP, as HOST:PORT. Port 0 takes any free port.');

const tls = z
  .strictObject({
    cert_file: filePath.describe(
      "The gateway's certificate with its chain, PEM. A relative path starts at the folder of this file.",
    ),
    key_file: filePath.describe('The private key of that certificate, PEM.'),
    client_ca_file: filePath
      .optional()
      .describe('Certificate authorities, PEM. With it, clients need a certificate that one of them issued.'),
    min_version: z.enum(['1.2', '1.3']).default('1.2').describe('The oldest TLS version that is accepted.'),
  })
  .optional()
  .describe('https instead of http. Files that change are read again without a restart.');

const auth = z
  .strictObject({
    tokens_file: filePath.describe(
      'A YAML list of bearer tokens: name, token or sha256, and if wanted tenant, scopes, expires. A relative ' +
        'path starts at the folder of this file. A file that changes is read again without a restart.',
    ),
  })
  .optional()
  .describe('Who may send spans and ask for costs. Absent: everybody who can reach the gateway.');

const forwardTls = z
  .strictObject({
    ca_file: filePath
      .optional()
      .describe("Certificate authorities, PEM, that the target's certificate is checked by; absent: Node's."),
    cert_file: filePath.optional().describe("The gateway's certificate for a target that asks for one, PEM."),
    key_file: filePath.optional().describe('The private key of that certificate, PEM.'),
  })
  .superRefine((files, context) => {
    if ((files.cert_file === undefined) === (files.key_file === undefined)) return;
    context.addIssue({
      code: 'custom',
      message: 'cert_file and key_file belong together; write both or neither',
    });
  })
  .optional()
  .describe('How an https target is trusted. Relative paths start at the folder of this file.');

const forward = z
  .strictObject({
    endpoint: z
      .string()
      .superRefine((text, context) => {
        const problem = endpointProblem(text);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      })
      .describe('The base address of an OTLP/HTTP endpoint; /v1/traces is added to it.'),
    mode: z
      .enum(['required', 'best_effort'])
      .default('required')
      .describe(
        'required: a request is answered 200 only when the target has accepted the spans. best_effort: what ' +
          'the target refuses is counted and dropped.',
      ),
    headers_file: filePath
      .optional()
      .describe(
        'A YAML mapping of HTTP headers for the target, such as authorization. They are secrets and so have a ' +
          'file of their own, which is read again when it changes. A relative path starts at the folder of this file.',
      ),
    tls: forwardTls,
  })
  .optional()
  .describe('Where enriched spans are sent on. Absent: nowhere; they are recorded and metered only.');

const seconds = z.int().min(1).max(TIMEOUT_SECONDS_LIMIT);

const timeouts = z
  .strictObject({
    headers_seconds: seconds
      .default(10)
      .describe('Time for a client to send the headers of a request, and for a TLS handshake.'),
    request_seconds: seconds.default(30).describe('Time for a client to send a whole request.'),
    idle_seconds: seconds
      .default(75)
      .describe('Time after which a connection without a request is closed; longer than that of clients.'),
  })
  .prefault({})
  .describe('How long the gateway waits for clients.');

const gatewayFile = z.strictObject({
  listen,
  tls,
  auth,
  forward,
  body_bytes_max: z
    .int()
    .min(1)
    .max(BODY_BYTES_LIMIT)
    .default(BODY_BYTES_DEFAULT)
    .describe('The largest request body in bytes, before and after decompression; a larger one gets 413.'),
  timeouts,
});

/** `gateway` of the file. */
export const gateway: z.ZodType<GatewayConfig, object | undefined> = gatewayFile
  .transform(toGatewayConfig)
  .prefault({})
  .describe('The gateway that `costspan up` starts.');

function toGatewayConfig(file: z.output<typeof gatewayFile>): GatewayConfig {
  return {
    listen: file.listen,
    tls: file.tls && {
      certFile: file.tls.cert_file,
      keyFile: file.tls.key_file,
      clientCaFile: file.tls.client_ca_file,
      minVersion: file.tls.min_version,
    },
    auth: file.auth && { tokensFile: file.auth.tokens_file },
    forward: file.forward && {
      endpoint: file.forward.endpoint,
      mode: file.forward.mode,
      headersFile: file.forward.headers_file,
      tls: file.forward.tls && {
        caFile: file.forward.tls.ca_file,
        certFile: file.forward.tls.cert_file,
        keyFile: file.forward.tls.key_file,
      },
    },
    bodyBytesMax: file.body_bytes_max,
    timeouts: {
      headersSeconds: file.timeouts.headers_seconds,
      requestSeconds: file.timeouts.request_seconds,
      idleSeconds: file.timeouts.idle_seconds,
    },
  };
}

/** What is wrong with an http or https base address, in words; `undefined` when nothing is. */
export function endpointProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return `"${text}" is not an http or https address; write for instance "http://127.0.0.1:4319"`;
  }
  if (url.username !== '' || url.password !== '')
    return 'the address must not contain a user name or password';
  if (url.search !== '' || url.hash !== '') return 'the address must end before ? and #; remove that part';
  return undefined;
}
