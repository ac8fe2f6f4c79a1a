import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { choosePort, findLaunched, launch, type Launched } from '@hearth/testing/servers';

/** How to start the image service as a process of its own. */
export interface ImageServiceProcessOptions {
  /** The checkout: the service is bundled from its sources. */
  readonly root: string;
  /** Log, process identity and digests; kept over restarts. */
  readonly dataDir: string;
  /** The image files; made when missing. */
  readonly imagesDirectory: string;
  readonly host?: string;
  /** Left out or -1: any free port. */
  readonly port?: number;
  /** How fast it sends, all downloads together; as fast as they are taken unless told. */
  readonly throttleBytesPerSecond?: number;
  readonly whenTaken?: 'avoid' | 'refuse';
  /** True: survives us, for `stack up`. */
  readonly detached?: boolean;
  readonly log?: (line: string) => void;
}

/** A running image service. */
export interface RunningImageService extends Launched {
  readonly url: string;
  readonly port: number;
  readonly imagesDirectory: string;
}

interface ImageServiceNotes extends Record<string, string | number> {
  url: string;
  port: number;
  imagesDirectory: string;
}

const processName = 'image-service';

/** Starts the image service and waits until it answers. Throws when one already runs from this directory. */
export async function startImageServiceProcess(options: ImageServiceProcessOptions): Promise<RunningImageService> {
  const { root, dataDir, imagesDirectory, host = '127.0.0.1' } = options;
  await mkdir(imagesDirectory, { recursive: true });
  const port = await choosePort({ ...options, host, what: processName });
  const url = `http://${host}:${port}`;
  const throttle = options.throttleBytesPerSecond;
  const launched = await launch<ImageServiceNotes>({
    name: processName,
    argv: [process.execPath, join(root, 'tools/run.mjs'), 'image-service/src/main.ts']
      .concat(['--directory', imagesDirectory, '--state', dataDir])
      .concat(['--host', host, '--port', String(port)])
      .concat(throttle === undefined ? [] : ['--throttle-bytes-per-second', String(throttle)]),
    directory: dataDir,
    detached: options.detached,
    ready: async () => {
      const answer = await fetch(`${url}/healthcheck`, { signal: AbortSignal.timeout(2_000) });
      return answer.ok && (await answer.text()) === 'OK' ? { url, port, imagesDirectory } : undefined;
    },
  });
  return runningImageService(launched);
}

/** The service that was started with this directory and still runs. */
export async function findRunningImageService(dataDir: string): Promise<RunningImageService | undefined> {
  const launched = await findLaunched<ImageServiceNotes>(dataDir, processName);
  return launched?.notes.url ? runningImageService(launched) : undefined;
}

function runningImageService(launched: Launched<ImageServiceNotes>): RunningImageService {
  const { url, port, imagesDirectory } = launched.notes;
  return { ...launched, url, port, imagesDirectory };
}
