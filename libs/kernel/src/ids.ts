/** A string that only fits where its own kind is asked for: a `SnapshotId` is no `VolumeId`. */
export type Brand<Base, Name extends string> = Base & { readonly __brand: Name };

export type VolumeId = Brand<string, 'VolumeId'>;
export type ImageId = Brand<string, 'ImageId'>;
export type ProjectId = Brand<string, 'ProjectId'>;
export type UserId = Brand<string, 'UserId'>;
/** Ordinal of a fill attempt in its pool, from 1; every attempt has its own number and its own object on the backend. */
export type Generation = Brand<number, 'Generation'>;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID in its canonical form: 36 characters, lower case, with dashes. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}
