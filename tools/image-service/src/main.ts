import { mkdir } from 'node:fs/promises';
import { readConfig } from './config';
import { startImageService } from './image.server';

const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);

async function main(): Promise<void> {
  const config = readConfig(process.argv);
  await mkdir(config.stateDir, { recursive: true });
  const service = await startImageService({ ...config, log });
  log(
    `serving ${config.directory} at ${service.url}; development tokens (project:user:role,role) are believed as they stand`,
  );
  const stop = () => void service.stop().then(() => log('stopped'));
  process.once('SIGTERM', stop).once('SIGINT', stop);
}

main().catch((error: Error) => {
  console.error(`image-service: ${error.message}`);
  process.exitCode = 1;
});
