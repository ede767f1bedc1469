import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import type { GatewayTlsConfig } from '@costspan/config';
import { LiveFiles, type NamedFile, type Parsed } from './live-files.ts';

/** A certificate and the options that a TLS server takes. */
export interface ServerTls {
  readonly context: SecureContextOptions;
  readonly expiresUnixMillis: number;
}

const MIN_VERSIONS: Readonly<Record<GatewayTlsConfig['minVersion'], SecureVersion>> = {
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Opens the files of `gateway.tls`; every path is resolved already. */
export function openServerTls(tls: GatewayTlsConfig): Promise<Parsed<LiveFiles<ServerTls>>> {
  const certFile = { key: 'gateway.tls.cert_file', path: tls.certFile };
  const keyFile = { key: 'gateway.tls.key_file', path: tls.keyFile };
  const caFile =
    tls.clientCaFile === undefined
      ? undefined
      : { key: 'gateway.tls.client_ca_file', path: tls.clientCaFile };
  return LiveFiles.open({
    files: [certFile, keyFile, ...(caFile === undefined ? [] : [caFile])],
    parse([cert = '', key = '', ca]): Parsed<ServerTls> {
      const certificate = checkKeyPair({ certFile, cert, keyFile, key });
      if (!certificate.ok) return certificate;
      if (caFile !== undefined) {
        const authorities = readCertificates(caFile, ca ?? '');
        if (!authorities.ok) return authorities;
      }
      const context: SecureContextOptions = {
        cert,
        key,
        minVersion: MIN_VERSIONS[tls.minVersion],
        // Sessions are not resumed, so that every connection shows a certificate, and that of now.
        ...(ca !== undefined && { ca, secureOptions: constants.SSL_OP_NO_TICKET }),
      };
      try {
        createSecureContext(context);
      } catch (error) {
        return problem(certFile, `is not usable for TLS: ${codeOf(error)}`);
      }
      return { ok: true, value: { context, expiresUnixMillis: certificate.value.validToDate.getTime() } };
    },
  });
}

/** A certificate and its private key, as PEM texts and the files that they are from. */
export interface KeyPair {
  readonly certFile: NamedFile;
  readonly cert: string;
  readonly keyFile: NamedFile;
  readonly key: string;
}

/** The first certificate of a pair that belongs together. */
export function checkKeyPair({ certFile, cert, keyFile, key }: KeyPair): Parsed<X509Certificate> {
  const certificates = readCertificates(certFile, cert);
  if (!certificates.ok) return certificates;
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch (error) {
    return codeOf(error) === 'ERR_MISSING_PASSPHRASE'
      ? problem(keyFile, 'is encrypted; write the key without a passphrase')
      : problem(keyFile, 'is not a private key in PEM (-----BEGIN PRIVATE KEY-----)');
  }
  const [certificate] = certificates.value;
  if (certificate?.checkPrivateKey(privateKey) === true) return { ok: true, value: certificate };
  return problem(
    keyFile,
    `is not the key of the first certificate in ${certFile.path}; the gateway's own comes before its chain`,
  );
}

/** All certificates of a PEM text, of which there must be one. */
export function readCertificates(file: NamedFile, text: string): Parsed<readonly X509Certificate[]> {
  const blocks = text.match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) return problem(file, 'has no certificate in PEM (-----BEGIN CERTIFICATE-----)');
  try {
    return { ok: true, value: blocks.map((block) => new X509Certificate(block)) };
  } catch {
    return problem(file, 'has a certificate that cannot be read; write it anew');
  }
}

function problem({ key, path }: NamedFile, what: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: `${key}: ${path} ${what}` };
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
