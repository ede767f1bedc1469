import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate and its private key, in PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of a test. */
export interface TestAuthority {
  readonly cert: string;
  /** A certificate for these host names and IPv4 addresses. */
  issue(hosts: readonly string[], validUntil?: Date): TestCertificate;
}

/**
 * Certificates made from their parts (RFC 5280), so that no private key lies in the repository, none expires, and
 * nothing has to be installed.
 */
export function testAuthority(commonName = 'test authority'): TestAuthority {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const issuer = nameOf(commonName);
  let serial = 1;
  const isAuthority = sequence(Buffer.from('0101ff', 'hex'));
  const basicConstraints = sequence(
    Buffer.from('0603551d13', 'hex'),
    Buffer.from('0101ff', 'hex'),
    tagged(0x04, isAuthority),
  );
  const certify = (subject: Buffer, key: KeyObject, extension: Buffer, validUntil: Date): string => {
    const certificate = sequence(
      tagged(0xa0, integer(2)),
      integer(serial++),
      ED25519,
      issuer,
      sequence(generalizedTime(new Date(0)), generalizedTime(validUntil)),
      subject,
      key.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(extension)),
    );
    const signature = sign(null, certificate, privateKey);
    return pem(sequence(certificate, ED25519, tagged(0x03, Buffer.concat([Buffer.of(0), signature]))));
  };
  return {
    cert: certify(issuer, publicKey, basicConstraints, FAR),
    issue(hosts, validUntil = FAR) {
      const pair = generateKeyPairSync('ed25519');
      const names = tagged(0x04, sequence(...hosts.map(generalName)));
      const extension = sequence(Buffer.from('0603551d11', 'hex'), names);
      return {
        cert: certify(nameOf(hosts[0] ?? 'test'), pair.publicKey, extension, validUntil),
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

const FAR = new Date('2120-01-01T00:00:00Z');
const ED25519 = tagged(0x30, Buffer.from('06032b6570', 'hex'));

function pem(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

function nameOf(commonName: string): Buffer {
  const attribute = sequence(Buffer.from('0603550403', 'hex'), tagged(0x0c, Buffer.from(commonName)));
  return sequence(tagged(0x31, attribute));
}

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

function sequence(...contents: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(contents));
}

function integer(value: number): Buffer {
  return tagged(0x02, Buffer.of(value));
}

function generalizedTime(time: Date): Buffer {
  return tagged(0x18, Buffer.from(`${time.toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`));
}

function generalName(host: string): Buffer {
  return /^\d+(?:\.\d+){3}$/.test(host)
    ? tagged(0x87, Buffer.from(host.split('.').map(Number)))
    : tagged(0x82, Buffer.from(host));
}
