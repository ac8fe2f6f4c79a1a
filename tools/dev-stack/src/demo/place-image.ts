// Puts an image file into the folder that the stack's image service serves, under a name nobody has used: the cache knows
// images by their id, and the first volume is to be a miss however often this is shown.
import { access, constants, mkdir, rm, stat, symlink } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { eventually } from '@hearth/testing';
import { z } from 'zod';

/** An image that volumes can be made from. */
export interface PlacedImage {
  readonly id: string;
  readonly name: string;
  /** The file itself. */
  readonly file: string;
  readonly diskFormat: string;
  readonly sizeBytes: number;
  readonly virtualSizeBytes: number;
  /** Takes it out of the folder again; the file itself stays. */
  remove(): Promise<void>;
}

const listSchema = z.object({
  images: z.array(
    z.object({
      id: z.uuid(),
      name: z.string(),
      status: z.string(),
      disk_format: z.string(),
      size: z.number(),
      virtual_size: z.number().nullish(),
    }),
  ),
});

/** Large images are hashed first, at some hundred MiB a second. */
const activeTimeoutMs = 600_000;

/** Links the file into the folder and waits until the image service has hashed it. */
export async function placeImage({
  file,
  imagesDirectory,
  imageServiceUrl,
}: {
  readonly file: string;
  readonly imagesDirectory: string;
  readonly imageServiceUrl: string;
}): Promise<PlacedImage> {
  await requireImageFile(file);
  const extension = extname(file);
  const name = `${basename(file, extension)}-${Date.now().toString(36)}`;
  const link = join(imagesDirectory, name + extension);
  await mkdir(imagesDirectory, { recursive: true });
  await symlink(file, link);
  const remove = () => rm(link, { force: true });
  try {
    const image = await eventually(() => findActive(imageServiceUrl, name), {
      ...{ timeoutMs: activeTimeoutMs, intervalMs: 50 },
      what: `the image service offering ${name} as active`,
    });
    const { id, disk_format: diskFormat, size } = image;
    return { id, name, file, diskFormat, sizeBytes: size, virtualSizeBytes: image.virtual_size ?? size, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Throws unless the path names a file that can be read. */
export async function requireImageFile(file: string): Promise<void> {
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => true, // what is wrong is said below
  );
  if (!isFile) throw new Error(`the image ${file} is not a file`);
  await access(file, constants.R_OK).catch((cause) => {
    throw new Error(`the image ${file} cannot be read: ${(cause as Error).message}`, { cause });
  });
}

async function findActive(imageServiceUrl: string, name: string) {
  const answer = await fetch(`${imageServiceUrl}/v2/images?name=${encodeURIComponent(name)}`);
  if (!answer.ok) throw new Error(`the image service answered with ${answer.status}`);
  return listSchema.parse(await answer.json()).images.find(({ status }) => status === 'active');
}

const gib = 1024 ** 3;

/** The smallest volume that holds an image. */
export function gibToHold({
  sizeBytes,
  virtualSizeBytes,
}: Pick<PlacedImage, 'sizeBytes' | 'virtualSizeBytes'>): number {
  return Math.max(1, Math.ceil(Math.max(sizeBytes, virtualSizeBytes) / gib));
}
