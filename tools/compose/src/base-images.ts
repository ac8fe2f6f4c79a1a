import { copyFile, cp, mkdir, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { requireProgram } from '@hearth/testing/servers';
import { packDebianRoot, suite } from './debian-root';
import type { Docker } from './docker';

/** Put on everything made here, so that an image that really is from a registry is never replaced. */
export const lookAlikeLabel = 'org.hearth.look-alike';

/** Names as on the public registry, where they exist there; nats bears the version that it really is. */
export const baseImages = {
  debian: `debian:${suite}-slim`,
  node: 'node:20-bookworm-slim',
  postgres: 'postgres:15-bookworm',
  nats: 'nats:2.9-bookworm',
} as const;

/** What the caller must know and where things may be put. */
export interface BaseImagesOptions {
  readonly docker: Docker;
  /** The folder `look-alikes` of this tool. */
  readonly recipes: string;
  /** A folder for intermediate files, made when missing; the caller removes it. */
  readonly workDir: string;
  readonly log: (line: string) => void;
  /** Ends the work between two images. */
  readonly signal: AbortSignal;
}

/**
 * Makes, where no registry can be reached, images with the names and the interface of those that Hearth builds on:
 * Debian from this machine's package repository, Node from this machine's own interpreter. Images that exist are kept.
 */
export async function makeBaseImages(options: BaseImagesOptions): Promise<void> {
  await mkdir(options.workDir, { recursive: true });
  await unlessPresent(options, baseImages.debian, importDebian);
  await unlessPresent(options, baseImages.node, buildNode);
  await unlessPresent(options, baseImages.postgres, (given) => build(given, 'postgres'));
  await unlessPresent(options, baseImages.nats, (given) => build(given, 'nats'));
}

type Make = (options: BaseImagesOptions) => Promise<void>;

async function unlessPresent(options: BaseImagesOptions, image: string, make: Make): Promise<void> {
  const { docker, log, signal } = options;
  signal.throwIfAborted();
  const present = await docker.ask(['image', 'inspect', '--format', '{{.Id}}', image]).then(
    () => true,
    () => false,
  );
  if (present) return log(`${image}: present`);
  const started = performance.now();
  await make(options);
  log(`${image}: made in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

async function importDebian({ docker, workDir }: BaseImagesOptions): Promise<void> {
  const archive = join(workDir, 'debian.tar');
  await packDebianRoot({ directory: workDir, archive });
  const changes = ['CMD ["bash"]', `LABEL ${lookAlikeLabel}=true`].flatMap((change) => ['--change', change]);
  await docker.ask(['import', ...changes, archive, baseImages.debian]);
  await rm(archive);
}

/** The interpreter that runs this, and its npm. Both must be whole by themselves, as Debian's and the official builds are. */
async function buildNode(options: BaseImagesOptions): Promise<void> {
  const npmProgram = await realpath(await requireProgram('npm', { debianPackage: 'npm' }));
  await build(options, 'node', async (context) => {
    await copyFile(process.execPath, join(context, 'node'));
    await cp(dirname(dirname(npmProgram)), join(context, 'npm'), { recursive: true, dereference: true });
  });
}

/** The network of the machine, because containers of a build may have none that reaches the package repository. */
async function build(
  { docker, recipes, workDir }: BaseImagesOptions,
  name: 'node' | 'postgres' | 'nats',
  add: (context: string) => Promise<void> = async () => undefined,
): Promise<void> {
  const context = join(workDir, name);
  await mkdir(context, { recursive: true });
  await cp(join(recipes, name), context, { recursive: true });
  await add(context);
  await docker.ask([
    'build',
    '--network',
    'host',
    '--label',
    `${lookAlikeLabel}=true`,
    '--tag',
    baseImages[name],
    context,
  ]);
  await rm(context, { recursive: true });
}
