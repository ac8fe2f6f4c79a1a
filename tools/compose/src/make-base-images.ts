// Makes the base images of Hearth's containers where no registry can be reached:
// `node tools/run.mjs compose/src/make-base-images.ts`, against the Docker engine that the environment names.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { makeBaseImages } from './base-images';
import { findEngine } from './engine';
import { Interrupted, untilInterrupted } from './interruption';

async function main(): Promise<void> {
  const engine = await findEngine();
  if (!engine) throw new Error('no Docker engine answers: start one, or name it in DOCKER_HOST');
  const workDir = await mkdtemp(join(tmpdir(), 'hearth-images-'));
  try {
    await makeBaseImages({
      docker: engine.docker,
      recipes: resolve('tools/compose/look-alikes'),
      workDir,
      log: console.log,
      signal: untilInterrupted(),
    });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

main().catch((error: Error) => {
  console.error(`make-base-images: ${error.message}`);
  process.exitCode = error instanceof Interrupted ? error.exitCode : 1;
});
