import { hostOf } from '../host.ts';

/** Who is behind an address, as far as an address tells. Of an IPv6 address the network: whoever has one address of it has them all. */
export function networkOf(address: string): string {
  const v4 = /^::ffff:(?<v4>[\d.]+)$/i.exec(address)?.groups?.['v4'];
  if (v4 !== undefined) return v4;
  return address.includes(':') ? first64Bits(address) : address;
}

/** The same of an address with its port. */
export function networkOfPeer(peer: string): string {
  return networkOf(hostOf(peer));
}

const groupsOfNetwork = 4;

function first64Bits(address: string): string {
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + after < 8) groups.push('0');
    if (tail !== '') groups.push(...tail.split(':'));
  }
  return groups.slice(0, groupsOfNetwork).join(':');
}
