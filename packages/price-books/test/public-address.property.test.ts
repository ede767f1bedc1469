import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPublicAddress } from '../src/index.ts';

/** https://www.iana.org/assignments/iana-ipv4-special-registry, multicast, and Azure's host address. */
const IPV4_REGISTRY = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '255.255.255.255/32',
];

/** https://www.iana.org/assignments/iana-ipv6-special-registry, and what RFC 4291 and 3879 set apart. */
const IPV6_REGISTRY = [
  '::/128',
  '::1/128',
  '::/96',
  '::ffff:0:0/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '100:0:0:1::/64',
  '2001::/23',
  '2001::/32',
  '2001:1::1/128',
  '2001:2::/48',
  '2001:4:112::/48',
  '2001:10::/28',
  '2001:20::/28',
  '2001:30::/28',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

interface Block {
  readonly first: bigint;
  readonly last: bigint;
}

function blockOf(cidr: string): Block {
  const [address = '', prefix = ''] = cidr.split('/');
  const bits = address.includes(':') ? 128 : 32;
  const first = valueOf(address);
  return { first, last: first + (1n << BigInt(bits - Number(prefix))) - 1n };
}

function valueOf(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = [], tail] = address
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const groups =
    tail === undefined
      ? [...head]
      : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
}

function ipv6Text(value: bigint): string {
  return Array.from({ length: 8 }, (_, group) =>
    ((value >> BigInt(112 - 16 * group)) & 65_535n).toString(16),
  ).join(':');
}

function addressIn({ first, last }: Block): fc.Arbitrary<bigint> {
  return fc.oneof(fc.constantFrom(first, last), fc.bigInt(first, last));
}

const ipv4Blocks = IPV4_REGISTRY.map(blockOf);
const ipv6Blocks = IPV6_REGISTRY.map(blockOf);

describe('every address of the registries is refused', () => {
  test.each(IPV4_REGISTRY)('%s', (cidr) => {
    fc.assert(
      fc.property(addressIn(blockOf(cidr)), (value) => {
        expect(isPublicAddress(ipv4Text(value))).toBe(false);
      }),
    );
  });

  test.each(IPV6_REGISTRY)('%s', (cidr) => {
    fc.assert(
      fc.property(addressIn(blockOf(cidr)), (value) => {
        expect(isPublicAddress(ipv6Text(value))).toBe(false);
      }),
    );
  });
});

test('every other IPv4 address is public', () => {
  const blocks = ipv4Blocks.map(({ first, last }) => [first - 1n, last + 1n]).flat();
  const edges = blocks.filter((value) => value >= 0n && value < 1n << 32n);
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...edges), fc.bigInt(0n, (1n << 32n) - 1n)), (value) => {
      const special = ipv4Blocks.some(({ first, last }) => value >= first && value <= last);
      expect(isPublicAddress(ipv4Text(value)), ipv4Text(value)).toBe(!special);
    }),
    { numRuns: 2000 },
  );
});

test('of IPv6 the other global unicast addresses are public, and nothing else', () => {
  const unicast = blockOf('2000::/3');
  const edges = [unicast, ...ipv6Blocks]
    .flatMap(({ first, last }) => [first - 1n, last + 1n])
    .filter((value) => value >= 0n && value < 1n << 128n);
  const any = fc.oneof(
    fc.constantFrom(...edges),
    fc.bigInt(unicast.first, unicast.last),
    fc.bigInt(0n, (1n << 128n) - 1n),
  );
  fc.assert(
    fc.property(any, (value) => {
      const special =
        value < unicast.first ||
        value > unicast.last ||
        ipv6Blocks.some(({ first, last }) => value >= first && value <= last);
      expect(isPublicAddress(ipv6Text(value)), ipv6Text(value)).toBe(!special);
    }),
    { numRuns: 2000 },
  );
});

test('an IPv4 address inside an IPv6 one is refused, however it is written', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '::', '64:ff9b::', '::ffff:0:'), (address, prefix) => {
      expect(isPublicAddress(`${prefix}${address}`)).toBe(false);
    }),
  );
  fc.assert(
    fc.property(fc.nat(0xffff), fc.nat(0xffff), (high, low) => {
      expect(isPublicAddress(`2002:${high.toString(16)}:${low.toString(16)}::1`)).toBe(false);
    }),
  );
});

test.each(['1.1.1.1', '8.8.8.8', '140.82.112.3', '2606:4700:4700::1111', '2a00:1450:4001:80b::200e'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test.each(['', 'localhost', '1.1.1', '01.1.1.1', '0x7f.0.0.1', '2606:4700::1%eth0', 'fe80::1%lo', '[::1]'])(
  '%j is no public address',
  (address) => {
    expect(isPublicAddress(address)).toBe(false);
  },
);
