import { requireProgram, runProgram } from '@hearth/testing/servers';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const suite = 'bookworm';
export const certificates = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Makes the root file system of a minimal Debian from the repository that this machine's apt uses, packs it into
 * `archive` (tar) and removes the folder again. The authorities that this machine trusts are trusted in there, too.
 */
export async function packDebianRoot({ directory, archive }: { directory: string; archive: string }): Promise<void> {
  const debootstrap = await requireProgram('debootstrap', { debianPackage: 'debootstrap' });
  const root = join(directory, 'root');
  try {
    await mkdir(root, { recursive: true });
    await runProgram([debootstrap, '--variant=minbase', suite, root, await repository()]);
    await mkdir(join(root, dirname(certificates)), { recursive: true });
    await copyFile(certificates, join(root, certificates));
    for (const kept of ['var/cache/apt/archives', 'var/lib/apt/lists']) await rm(join(root, kept), { recursive: true });
    await runProgram(['tar', '--numeric-owner', '-C', root, '-cf', archive, '.']);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The address of the suite in apt's own sources, whatever form they have. */
async function repository(): Promise<string> {
  const argv = ['apt-get', 'indextargets', '--format', '$(REPO_URI)', `Codename: ${suite}`, 'Created-By: Packages'];
  const [address] = (await runProgram(argv)).split('\n').filter((line) => line !== '');
  if (!address)
    throw new Error(`apt on this machine has no repository of Debian ${suite}: add one and run apt-get update`);
  return address;
}
