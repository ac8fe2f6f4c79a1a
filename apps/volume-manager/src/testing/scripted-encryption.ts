import type { ObjectWriter } from '@hearth/driver-api';
import type { MemoryKeyStore } from '@hearth/openstack-clients/testing';
import type { VolumeEncryption } from '../encryption/volume-encryption';

/** Where a container's bytes begin. */
export const scriptedHeaderBytes = 64 * 1024;

type Around = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** A cipher that a test can look through: a header that names the key's first byte, and behind it every byte changed by that. */
export function scriptedEncryption(keys: MemoryKeyStore, around: Around): VolumeEncryption {
  const headerOf = (first: number) => Buffer.from(`sealed with ${first}`);
  const firstByte = async (keyId: string) => (await around(() => keys.key(keyId))).bytes[0]!;
  return {
    formatBlank: async ({ keyId }, object) => {
      try {
        await object.write(0, headerOf(await firstByte(keyId)));
        await object.finish();
      } catch (error) {
        await object.abort();
        throw error;
      }
    },
    encrypting: async ({ keyId }, { open }) => {
      const first = await firstByte(keyId);
      const object = await open();
      return {
        write: (offset, bytes) => object.write(scriptedHeaderBytes + offset, changed(bytes, first)),
        read: async (offset, target) => {
          await object.read(scriptedHeaderBytes + offset, target);
          target.set(changed(target, first));
        },
        finish: async () => {
          await object.write(0, headerOf(first));
          await object.finish();
        },
        abort: () => object.abort(),
      } satisfies ObjectWriter;
    },
    forget: (keyId) => around(() => keys.remove(keyId)),
  };
}

/** Done twice, it is undone. */
export function changed(bytes: Uint8Array, by: number): Buffer {
  return Buffer.from(bytes.map((byte) => byte ^ by));
}
