import { BlockList, isIP } from 'node:net';

/** Tells whether an address belongs to a proxy whose forwarded headers are believed. */
export type TrustedProxies = (address: string | undefined) => boolean;

/** Reads addresses and networks (`10.0.0.0/8`, `::1`); undefined when one of them is neither. */
export function parseProxies(texts: readonly string[]): TrustedProxies | undefined {
  if (texts.length === 0) return () => false;
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', prefix, ...more] = text.split('/');
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    const valid = version !== 0 && more.length === 0 && prefix !== '' && Number.isInteger(length);
    if (!valid || length < 0 || length > bits) return undefined;
    list.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => address !== undefined && contains(list, address);
}

function contains(list: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
}
