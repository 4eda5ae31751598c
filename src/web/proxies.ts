import { BlockList, isIPv6 } from 'node:net'

const near = new BlockList()
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16]
] as const)
  near.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10]
] as const)
  near.addSubnet(network, bits, 'ipv6')

/**
 * Whose word about the visitor's address counts: as many hops as there are proxies, each on this machine or a private
 * network. A number alone would let anybody who reaches the site directly name any address.
 */
export function trusted(proxies: number): false | ((address: string, hop: number) => boolean) {
  if (proxies === 0) return false
  return (address, hop) => hop < proxies && isNear(address)
}

/** An address of this machine or of a private network. */
export function isNear(address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return near.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
}
