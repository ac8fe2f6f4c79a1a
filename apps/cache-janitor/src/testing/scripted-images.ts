import type { ImageIdentity } from '@hearth/contracts';
import {
  type ImageCatalogue,
  type ImageFilter,
  type ImageLook,
  ImageServiceError,
  type ImageServiceProblem,
} from '@hearth/openstack-clients';

interface Shelved {
  readonly identity: ImageIdentity;
  readonly status: string;
  readonly createdAt: string;
}

/** An image service in memory, with what it was asked. */
export class ScriptedImages implements ImageCatalogue {
  readonly asked: (readonly string[])[] = [];
  lists = 0;
  /** When it says something else than what it has. */
  problem: ImageServiceProblem | undefined;
  private readonly shelf = new Map<string, Shelved>();
  private readonly forbidden = new Set<string>();

  put(identity: ImageIdentity, status = 'active', createdAt = identity.updatedAt): void {
    this.shelf.set(identity.id, { identity, status, createdAt });
    this.forbidden.delete(identity.id);
  }

  remove(imageId: string): void {
    this.shelf.delete(imageId);
  }

  forbid(imageId: string): void {
    this.forbidden.add(imageId);
  }

  async look(imageIds: readonly string[]): Promise<ReadonlyMap<string, ImageLook>> {
    this.asked.push(imageIds);
    this.fail();
    return new Map(
      imageIds.map((id) => [id, this.forbidden.has(id) ? 'forbidden' : (this.shelf.get(id) ?? 'absent')] as const),
    );
  }

  async *list({ name }: ImageFilter) {
    this.lists += 1;
    this.fail();
    const newestFirst = [...this.shelf.values()].sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1));
    for (const image of newestFirst) {
      if (image.status === 'active' && (name === undefined || image.identity.name === name)) yield image;
    }
  }

  private fail(): void {
    if (this.problem) throw new ImageServiceError(this.problem, `the image service is ${this.problem}`);
  }
}
