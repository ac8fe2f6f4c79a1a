import type { ConnectionInfo, ObjectRef } from '@hearth/driver-api';
import { driverConformance } from '@hearth/driver-api/testing';
import { MemoryBackend } from './memory.backend';

const capabilities = { snapshots: true, manages: true, connects: true };

const open = async () => {
  const backend = new MemoryBackend();
  const roomBytes = 8 * 2 ** 20;
  return {
    driver: backend.open(),
    pool: backend.pool,
    readObject: async ({ name }: ObjectRef, offset: number, length: number) => backend.read(name, offset, length),
    reopen: async () => backend.open(),
    openSmallPool: async () => {
      const small = new MemoryBackend({ pool: 'small', roomBytes });
      return { driver: small.open(), pool: small.pool, roomBytes };
    },
    guest: {
      write: async (info: ConnectionInfo, offset: number, bytes: Uint8Array) =>
        backend.guestWrites(info, offset, bytes),
      read: async ({ data }: ConnectionInfo, offset: number, length: number) =>
        backend.read(String(data['object']), offset, length),
    },
    strangers: {
      plant: async (name: string, bytes: Uint8Array, sizeBytes: number) => backend.plant(name, bytes, sizeBytes),
      isThere: async (name: string) => backend.strangers.has(name),
      remove: async (name: string) => void backend.strangers.delete(name),
    },
  };
};

driverConformance('the memory driver', open, capabilities);
