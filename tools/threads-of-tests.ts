// Tells the code under test where its threads are: tests run from the sources, threads do not (tools/build-threads.mjs).
import { join } from 'node:path';
import { takeAdviceThreadFrom } from '../apps/api/src/cache/advice/advice-thread';
import { takeThreadsFrom } from '../apps/volume-manager/src/fill/threads/thread';

takeThreadsFrom(join(__dirname, '../dist/threads'));
takeAdviceThreadFrom(join(__dirname, '../dist/threads'));
