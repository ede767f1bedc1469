import { BlockList, isIP } from 'node:net';

/**
 * Not on the public internet, or not meant for servers: the IANA IPv4 Special-Purpose Address Registry
 * (https://www.iana.org/assignments/iana-ipv4-special-registry) and multicast. The few blocks of it that are
 * globally reachable (AS112, AMT) serve no price books either.
 */
const REFUSED_IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private use
  ['100.64.0.0', 10], // shared by carrier-grade NAT; Alibaba's metadata service is here too
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // a public address that is the host inside every Azure machine
  ['169.254.0.0', 16], // link local, with the clouds' metadata services
  ['172.16.0.0', 12], // private use
  ['192.0.0.0', 24], // IETF protocol assignments; Oracle's metadata service is here
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112
  ['192.52.193.0', 24], // AMT
  ['192.88.99.0', 24], // 6to4 relays, deprecated
  ['192.168.0.0', 16], // private use
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, and limited broadcast
];

/**
 * The one block that IANA allocates global unicast addresses from. All else is refused by being outside: the
 * unspecified address, loopback, IPv4-mapped and -compatible, NAT64 (64:ff9b::/96, 64:ff9b:1::/48), discard-only,
 * segment routing (5f00::/16), unique local, link and site local, multicast, and what is not yet assigned.
 */
const GLOBAL_UNICAST_IPV6 = ['2000::', 3] as const;

/** Inside it: https://www.iana.org/assignments/iana-ipv6-special-registry */
const REFUSED_IPV6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23], // IETF protocol assignments: Teredo, benchmarking, ORCHID, drone remote ids
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4, which leads to an IPv4 address
  ['2620:4f:8000::', 48], // AS112
  ['3fff::', 20], // documentation
];

const refusedIpv4 = new BlockList();
for (const [network, prefix] of REFUSED_IPV4) refusedIpv4.addSubnet(network, prefix, 'ipv4');
const refusedIpv6 = new BlockList();
for (const [network, prefix] of REFUSED_IPV6) refusedIpv6.addSubnet(network, prefix, 'ipv6');
const globalUnicastIpv6 = new BlockList();
globalUnicastIpv6.addSubnet(...GLOBAL_UNICAST_IPV6, 'ipv6');

/** Whether a server on the public internet can have this address. What is no IP address is not public. */
export function isPublicAddress(address: string): boolean {
  // A zone (`fe80::1%eth0`) belongs to one machine's links.
  if (address.includes('%')) return false;
  switch (isIP(address)) {
    case 4:
      return !refusedIpv4.check(address, 'ipv4');
    case 6:
      return globalUnicastIpv6.check(address, 'ipv6') && !refusedIpv6.check(address, 'ipv6');
    default:
      return false;
  }
}
