import { isRoot, launch, requireProgram, runProgram } from '@hearth/testing/servers';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connectDocker, engineVersion, type Docker } from './docker';
import { rememberFirewall } from './firewall';

/** A Docker engine that is ready, and how to leave it. */
export interface Engine {
  readonly docker: Docker;
  readonly version: string;
  /** Ends the engine if it was started here; a machine's own is left as it was. */
  stop(): Promise<void>;
}

/** The engine that the environment names, or the machine's own, if one answers. */
export async function findEngine(): Promise<Engine | undefined> {
  const docker = await connectDocker();
  const version = await engineVersion(docker).catch(() => undefined);
  return version === undefined ? undefined : { docker, version, stop: async () => undefined };
}

/**
 * Starts an engine of our own with everything it keeps below `directory`, beside whatever else the machine runs. Needs
 * root; installs Debian's docker.io when there is none. It has no default bridge: builds use the machine's network, and
 * compose makes a bridge for each project. The directory must be on a file system that overlayfs accepts (ext4, XFS with
 * ftype), and its path short enough for a socket.
 */
export async function startEngine({ directory }: { directory: string }): Promise<Engine> {
  if (!isRoot()) throw new Error('a Docker engine of our own needs root: run as root, or start Docker and try again');
  const dockerd = await requireProgram('dockerd', { debianPackage: 'docker.io' });
  await requireProgram('iptables', { debianPackage: 'iptables' });
  const restoreFirewall = await rememberFirewall();
  const host = `unix://${join(directory, 'docker.sock')}`;
  const docker = await connectDocker({ host });
  const places = ['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'run')];
  const daemon = await launch({
    name: 'dockerd',
    directory,
    argv: [
      dockerd,
      '--host',
      host,
      ...places,
      '--pidfile',
      join(directory, 'docker.pid'),
      '--group',
      'root',
      '--bridge',
      'none',
    ],
    stopTimeoutMs: 60_000,
    readyTimeoutMs: 60_000,
    ready: async () => ({ version: await engineVersion(docker) }),
  });
  const stop = async () => {
    await daemon.stop();
    await unmountNamespaces(join(directory, 'run', 'netns'));
    await restoreFirewall();
  };
  return { docker, version: daemon.notes.version, stop };
}

/** dockerd leaves network namespaces mounted, and a folder with mounts in it cannot be removed. */
async function unmountNamespaces(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    await runProgram(['umount', join(folder, name)]).catch(() => undefined); // an unmounted one is what we want
  }
}
