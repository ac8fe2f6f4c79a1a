import type { ObjectWriter } from '@hearth/driver-api';
import type { KeyStore } from '@hearth/openstack-clients';
import { EncryptingWriter, copyContainer } from './encrypting-writer';
import { type LuksTools, createContainer } from './luks-container';
import type { DiskToEncrypt, EncryptedVolume, VolumeEncryption } from './volume-encryption';

/** Plain bytes are set room aside for in such steps beyond what is known of them. */
const growBytes = 64 * 2 ** 20;
/** The least that qemu-img makes a container for; nobody reads what is behind the header. */
const sectorBytes = 512;

/**
 * Encryption with LUKS 1 by qemu-img, with keys of the key manager, which is asked as the service user. Keys are in memory while they
 * are needed, and are given to qemu-img as a file without a name.
 */
export class LuksEncryption implements VolumeEncryption {
  constructor(
    private readonly keys: Pick<KeyStore, 'key' | 'remove'>,
    private readonly tools: LuksTools,
  ) {}

  async formatBlank({ keyId, format }: EncryptedVolume, object: ObjectWriter, signal: AbortSignal): Promise<void> {
    try {
      const { bytes: key } = await this.keys.key(keyId, { signal });
      try {
        const options = { ...this.tools, format, key, payloadBytes: sectorBytes, signal };
        const container = await createContainer(options);
        try {
          await container.handle.truncate(format.headerBytes);
          await copyContainer(container, object, signal);
        } finally {
          await container.close();
        }
      } finally {
        key.fill(0);
      }
      await object.finish();
    } catch (error) {
      await object.abort();
      throw error;
    }
  }

  async encrypting(
    { keyId, format }: EncryptedVolume,
    { sizeBytes, dataBytes, open }: DiskToEncrypt,
    signal: AbortSignal,
  ): Promise<ObjectWriter> {
    const { bytes: key } = await this.keys.key(keyId, { signal });
    const { scratch } = this.tools;
    // A cipher works on whole sectors.
    const payloadBytes = Math.ceil(sizeBytes / sectorBytes) * sectorBytes;
    const options = { ...this.tools, format, key, payloadBytes, signal };
    try {
      const container = await createContainer(options);
      try {
        const plain = await scratch.openFile({ reserveBytes: dataBytes, growBytes });
        try {
          return new EncryptingWriter({ plain, container, object: await open(), options });
        } catch (error) {
          await plain.close();
          throw error;
        }
      } catch (error) {
        await container.close();
        throw error;
      }
    } catch (error) {
      key.fill(0);
      throw error;
    }
  }

  forget(keyId: string, signal: AbortSignal): Promise<void> {
    return this.keys.remove(keyId, { signal });
  }
}
