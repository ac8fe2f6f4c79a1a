import { driverConformance } from '@hearth/driver-api/testing';
import { MemoryBackend } from './memory.backend';

driverConformance('the memory driver', async () => {
  const backend = new MemoryBackend();
  const roomBytes = 8 * 2 ** 20;
  return {
    driver: backend.open(),
    pool: backend.pool,
    readObject: async ({ name }, offset, length) => backend.read(name, offset, length),
    reopen: async () => backend.open(),
    openSmallPool: async () => {
      const small = new MemoryBackend({ pool: 'small', roomBytes });
      return { driver: small.open(), pool: small.pool, roomBytes };
    },
  };
});
