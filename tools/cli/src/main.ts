import { setTimeout as delay } from 'node:timers/promises';
import { readDefaults, wantsColour } from './config';
import { runCli } from './run-cli';

async function main(): Promise<void> {
  const { stdout, stderr } = process;
  const world = {
    defaults: readDefaults(),
    print: (line: string) => void stdout.write(`${line}\n`),
    pause: (ms: number) => delay(ms),
    now: () => Date.now(),
    terminal: {
      columns: stdout.isTTY ? stdout.columns : undefined,
      hasColours: stdout.isTTY && wantsColour(),
    },
    errors: stderr,
  };
  process.exitCode = await runCli(process.argv.slice(2), world, (line) => void stderr.write(`${line}\n`));
}

// Who reads us through a pipe may have seen enough (`| head`), which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
void main();
