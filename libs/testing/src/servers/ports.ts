import { createServer } from 'node:net';

/** Whether a TCP port can be listened on right now. */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return listenOnce(host, port).then(
    () => true,
    () => false,
  );
}

/** A TCP port that nobody listens on, chosen by the system. Another process may take it before you do: be ready to ask again. */
export function anyFreePort(host: string): Promise<number> {
  return listenOnce(host, 0);
}

/** How to choose a port for a server. */
export interface PortWish {
  readonly host: string;
  /** The wanted port; undefined or -1: any. */
  readonly port?: number;
  /** What to do when the wanted port is taken: use one of the next that are free, or refuse. */
  readonly whenTaken?: 'avoid' | 'refuse';
  /** Who wants it, for the log and the error. */
  readonly what: string;
  readonly log?: (line: string) => void;
}

const neighboursMax = 50;

/** The wanted port if it is free, else by the wish a free one near it (and a line in the log), or an error naming it. */
export async function choosePort({ host, port, whenTaken = 'avoid', what, log }: PortWish): Promise<number> {
  if (port === undefined || port === -1) return anyFreePort(host);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`${what}: ${port} is not a TCP port (1 to 65535)`);
  if (await isPortFree(host, port)) return port;
  if (whenTaken === 'refuse')
    throw new Error(`${what}: port ${port} on ${host} is taken by another process; stop it, or choose another port`);
  for (let other = port + 1; other <= Math.min(port + neighboursMax, 65_535); other++) {
    if (!(await isPortFree(host, other))) continue;
    log?.(`${what}: port ${port} on ${host} is taken, using ${other}`);
    return other;
  }
  throw new Error(`${what}: ports ${port} to ${port + neighboursMax} on ${host} are all taken; choose another port`);
}

function listenOnce(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
