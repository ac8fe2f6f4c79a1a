import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes a file unless it is there. `make` works in a folder of its own and returns the path of the finished file in it, which
 * then appears under its name at once; work that was broken off leaves nothing for long. Returns the file's path.
 */
export async function madeOnce(
  { directory, fileName }: { readonly directory: string; readonly fileName: string },
  make: (workDirectory: string) => Promise<string>,
): Promise<string> {
  const target = join(directory, fileName);
  if (await stat(target).catch(() => undefined)) return target;
  await mkdir(directory, { recursive: true });
  await removeLeftovers(directory);
  const work = await mkdtemp(join(directory, `.making-${process.pid}-`));
  try {
    await rename(await make(work), target);
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Work folders of runs that were killed. */
async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const maker = /^\.making-(\d+)-/.exec(name)?.[1];
    if (maker && !existsSync(`/proc/${maker}`)) await rm(join(directory, name), { recursive: true, force: true });
  }
}
