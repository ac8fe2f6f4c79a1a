import { isRoot, launch, requireProgram } from '@hearth/testing/servers';
import { join } from 'node:path';
import { connectDocker, engineVersion, type Docker } from './docker';

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
 * root; installs Debian's docker.io when there is none. Its network is the ordinary bridge with address translation.
 * The directory must be on a file system that overlayfs accepts (ext4, XFS with ftype), and be short enough for a socket.
 */
export async function startEngine({ directory }: { directory: string }): Promise<Engine> {
  if (!isRoot()) throw new Error('a Docker engine of our own needs root: run as root, or start Docker and try again');
  const dockerd = await requireProgram('dockerd', { debianPackage: 'docker.io' });
  const host = `unix://${join(directory, 'docker.sock')}`;
  const docker = await connectDocker({ host });
  const daemon = await launch({
    name: 'dockerd',
    directory,
    argv: [
      dockerd,
      ...['--host', host, '--data-root', join(directory, 'data'), '--exec-root', join(directory, 'run')],
      ...['--pidfile', join(directory, 'docker.pid'), '--group', 'root'],
    ],
    stopTimeoutMs: 60_000,
    readyTimeoutMs: 60_000,
    ready: async () => ({ version: await engineVersion(docker) }),
  });
  return { docker, version: daemon.notes.version, stop: () => daemon.stop() };
}
