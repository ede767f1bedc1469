import { generateKeyPairSync, sign } from 'node:crypto';

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * A self-signed certificate for these host names and IPv4 addresses, made from its parts (RFC 5280), so that no
 * private key lies in the repository and none expires.
 */
export function testCertificate(hosts: readonly string[]): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const ed25519 = sequence(Buffer.from('06032b6570', 'hex'));
  const commonName = sequence(Buffer.from('0603550403', 'hex'), tagged(0x0c, Buffer.from('test')));
  const name = sequence(tagged(0x31, commonName));
  const validity = sequence(generalizedTime('20200101000000Z'), generalizedTime('21200101000000Z'));
  const alternativeNames = sequence(...hosts.map(generalName));
  const extension = sequence(Buffer.from('0603551d11', 'hex'), tagged(0x04, alternativeNames));
  const certificate = sequence(
    tagged(0xa0, integer(2)),
    integer(1),
    ed25519,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension)),
  );
  const signature = sign(null, certificate, privateKey);
  const der = sequence(certificate, ed25519, tagged(0x03, Buffer.concat([Buffer.of(0), signature])));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
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

function generalizedTime(text: string): Buffer {
  return tagged(0x18, Buffer.from(text));
}

function generalName(host: string): Buffer {
  return /^\d+(?:\.\d+){3}$/.test(host)
    ? tagged(0x87, Buffer.from(host.split('.').map(Number)))
    : tagged(0x82, Buffer.from(host));
}
