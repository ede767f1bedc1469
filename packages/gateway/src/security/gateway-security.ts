import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import type { TLSSocket } from 'node:tls';
import {
  formatConfigErrors,
  formatListenAddress,
  type GatewayConfig,
  type GatewayScope,
  parseGatewayTokens,
} from '@costspan/config';
import { GatewayLog } from '../gateway-log.ts';
import { type ForwardCredentials, openForwardCredentials } from './forward-credentials.ts';
import { LiveFiles, type Parsed } from './live-files.ts';
import { openServerTls, type ServerTls } from './server-tls.ts';
import { type AccessDecision, TokenAccess } from './token-access.ts';

/** Decides on a request by its headers and its connection, before its body is read. */
export type DecideAccess = (request: IncomingMessage, scope: GatewayScope) => AccessDecision;

export interface SecurityOptions {
  /** Where relative paths start. */
  readonly folder: string;
  readonly log: GatewayLog;
  /** Time between two looks at the files. */
  readonly checkMillis: number;
  readonly nowUnixMillis: () => number;
}

const EVERYBODY: AccessDecision = { granted: true, tenant: undefined };
const NO_CREDENTIALS: ForwardCredentials = { headers: {}, tls: {} };
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/i;
const EXPIRY_WARNING_MILLIS = 14 * 24 * 3_600_000;

/** Certificates, tokens and the forward target's secrets, all read from files that may change while the gateway runs. */
export class GatewaySecurity {
  readonly #config: GatewayConfig;
  readonly #options: SecurityOptions;
  readonly #tls: LiveFiles<ServerTls> | undefined;
  readonly #tokens: LiveFiles<TokenAccess> | undefined;
  readonly #forward: LiveFiles<ForwardCredentials> | undefined;

  private constructor(
    config: GatewayConfig,
    options: SecurityOptions,
    files: {
      readonly tls: LiveFiles<ServerTls> | undefined;
      readonly tokens: LiveFiles<TokenAccess> | undefined;
      readonly forward: LiveFiles<ForwardCredentials> | undefined;
    },
  ) {
    this.#config = config;
    this.#options = options;
    this.#tls = files.tls;
    this.#tokens = files.tokens;
    this.#forward = files.forward;
  }

  /** Reads every file that the configuration names. A wrong one is a reason not to start. */
  static async open(config: GatewayConfig, options: SecurityOptions): Promise<Parsed<GatewaySecurity>> {
    const at = <Path extends string | undefined>(path: Path): Path =>
      (path === undefined ? undefined : resolve(options.folder, path)) as Path;
    const { tls, auth, forward } = config;
    const opened = {
      tls:
        tls &&
        (await openServerTls({
          ...tls,
          certFile: at(tls.certFile),
          keyFile: at(tls.keyFile),
          clientCaFile: at(tls.clientCaFile),
        })),
      tokens: auth && (await openTokens(at(auth.tokensFile))),
      forward:
        forward &&
        (await openForwardCredentials({
          ...forward,
          headersFile: at(forward.headersFile),
          tls: forward.tls && {
            caFile: at(forward.tls.caFile),
            certFile: at(forward.tls.certFile),
            keyFile: at(forward.tls.keyFile),
          },
        })),
    };
    const problems = Object.values(opened).flatMap((one) => (one?.ok === false ? [one.problem] : []));
    if (problems.length > 0) return { ok: false, problem: problems.join('\n') };
    const valueOf = <Value>(one: Parsed<Value> | undefined): Value | undefined =>
      one?.ok === true ? one.value : undefined;
    const files = {
      tls: valueOf(opened.tls),
      tokens: valueOf(opened.tokens),
      forward: valueOf(opened.forward),
    };
    return { ok: true, value: new GatewaySecurity(config, options, files) };
  }

  /** Absent: http. */
  get tls(): ServerTls | undefined {
    return this.#tls?.current;
  }

  get forwardCredentials(): ForwardCredentials {
    return this.#forward?.current ?? NO_CREDENTIALS;
  }

  /** Whether a command on this machine cannot simply ask the address that spans are sent to. */
  get isClosed(): boolean {
    return this.#tls !== undefined || this.#tokens !== undefined;
  }

  /** A client certificate, where one is asked for, and a token, where there are any. */
  decide(request: IncomingMessage, scope: GatewayScope): AccessDecision {
    const decision = this.#decide(request, scope);
    if (!decision.granted) {
      const whose = decision.tokenName === undefined ? '' : ` (token ${decision.tokenName})`;
      this.#options.log.warn(
        `access ${decision.status}`,
        `a request was refused with ${decision.status}: ${decision.message}${whose}`,
      );
    }
    return decision;
  }

  /** Warns of what is open, and from now on follows the files. */
  start(onCertificate: (tls: ServerTls) => void): void {
    for (const warning of openDoors(this.#config)) this.#options.log.alert(warning);
    this.#warnOfExpiry();
    this.#watch(this.#tls, 'the TLS certificate', () => {
      if (this.tls !== undefined) onCertificate(this.tls);
      this.#warnOfExpiry();
    });
    this.#watch(this.#tokens, 'the tokens');
    this.#watch(this.#forward, 'the credentials for the forward target');
  }

  stop(): void {
    for (const files of [this.#tls, this.#tokens, this.#forward]) files?.stop();
  }

  #decide(request: IncomingMessage, scope: GatewayScope): AccessDecision {
    if (this.#config.tls?.clientCaFile !== undefined && !hasCheckedCertificate(request)) {
      return {
        granted: false,
        status: 401,
        message: 'a client certificate of one of the accepted authorities is needed',
      };
    }
    if (this.#tokens === undefined) return EVERYBODY;
    return this.#tokens.current.decide(request.headers.authorization, scope, this.#options.nowUnixMillis());
  }

  #watch(files: LiveFiles<unknown> | undefined, what: string, onChange?: () => void): void {
    const { log, checkMillis } = this.#options;
    files?.watch(checkMillis, {
      onChange() {
        log.info(`${what} changed and were read again`);
        onChange?.();
      },
      onProblem(problem) {
        log.warn(what, `${what} changed and cannot be used; the former ones stay in force: ${problem}`);
      },
    });
  }

  #warnOfExpiry(): void {
    if (this.tls === undefined) return;
    const { expiresUnixMillis } = this.tls;
    if (expiresUnixMillis - this.#options.nowUnixMillis() > EXPIRY_WARNING_MILLIS) return;
    this.#options.log.alert(
      `the certificate in gateway.tls.cert_file is valid until ${new Date(expiresUnixMillis).toISOString()}; replace it`,
    );
  }
}

function openTokens(path: string): Promise<Parsed<LiveFiles<TokenAccess>>> {
  return LiveFiles.open({
    files: [{ key: 'gateway.auth.tokens_file', path }],
    parse([text = '']): Parsed<TokenAccess> {
      const parsed = parseGatewayTokens(text, path);
      return parsed.ok
        ? { ok: true, value: new TokenAccess(parsed.tokens) }
        : { ok: false, problem: formatConfigErrors(parsed.errors) };
    },
  });
}

/**
 * The handshake lets everybody in, so that probes reach `/healthz`; here is where a certificate is needed. Both are
 * asked, so that nothing hangs on how a session without one would be judged when it is resumed.
 */
function hasCheckedCertificate({ socket }: IncomingMessage): boolean {
  const { authorized, getPeerX509Certificate } = socket as TLSSocket;
  return authorized && getPeerX509Certificate.call(socket) !== undefined;
}

function openDoors({ listen, tls, auth }: GatewayConfig): string[] {
  if (LOOPBACK.test(listen.host)) return [];
  const address = formatListenAddress(listen);
  if (auth === undefined && tls?.clientCaFile === undefined) {
    return [
      `everybody who reaches ${address} may send spans and read costs; ` +
        'set gateway.auth.tokens_file or gateway.tls.client_ca_file, or listen on 127.0.0.1',
    ];
  }
  if (tls !== undefined) return [];
  return [
    `tokens are sent to ${address} in clear text; set gateway.tls, or have a proxy in front that ends TLS`,
  ];
}

/** What is wrong with the files that a configuration names, in words; `undefined` when a gateway could start with them. */
export async function checkGatewaySecurity(
  config: GatewayConfig,
  folder: string,
): Promise<string | undefined> {
  const log = new GatewayLog(() => undefined);
  const opened = await GatewaySecurity.open(config, { folder, log, checkMillis: 0, nowUnixMillis: Date.now });
  return opened.ok ? undefined : opened.problem;
}
