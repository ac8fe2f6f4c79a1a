import { findProgram, runProgram } from '@hearth/testing/servers';

/** Puts the packet filter back to what it was. */
export type RestoreFirewall = () => Promise<void>;

/**
 * Remembers the packet filter before an engine starts, because dockerd leaves its chains, and a FORWARD policy of DROP,
 * behind when it ends. Where another engine's chains are in place already, nothing is put back: they are not ours.
 */
export async function rememberFirewall(): Promise<RestoreFirewall> {
  const [save, restore] = await Promise.all([findProgram('iptables-save'), findProgram('iptables-restore')]);
  if (!save || !restore) return async () => undefined;
  const tables = await Promise.all(['filter', 'nat'].map((table) => runProgram([save, '-t', table])));
  const before = tables.join('');
  if (before.includes(':DOCKER ')) return async () => undefined;
  return async () => void (await runProgram([restore], { input: before }));
}
