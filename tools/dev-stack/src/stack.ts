// The whole of Hearth on one machine: `npm run stack -- up | status | down`.
import { resolve } from 'node:path';
import { readEnvironment, type StackEnvironment } from './config';
import { exitCodeOf, failureText, untilInterrupted } from './failure-text';
import { bringUp } from './stack/bring-up';
import { stackStatus } from './stack/stack-status';
import { statusTable } from './stack/status-table';
import { purge, takeDown } from './stack/take-down';
import { parseStackOptions, type StackOptions } from './stack.options';
import { urlLines } from './stack/stack-urls';

const root = resolve(__dirname, '../../../..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(options: StackOptions, environment: StackEnvironment): Promise<number> {
  switch (options.command) {
    case 'up':
      return up(options, environment);
    case 'status':
      return status(options);
    case 'down':
      return down(options);
  }
}

async function up(options: StackOptions & { command: 'up' }, environment: StackEnvironment): Promise<number> {
  const { record, ranAlready } = await bringUp({
    ...options,
    root,
    external: environment,
    inherited: environment.inherited,
    signal: untilInterrupted(),
    log: say,
  });
  say(ranAlready ? '\nThe stack was up already.' : '\nThe stack is up.');
  say(urlLines(record, options.stateDir));
  return 0;
}

async function status({ stateDir, json }: StackOptions & { command: 'status' }): Promise<number> {
  const processes = await stackStatus(stateDir);
  if (!processes) {
    say(json ? '[]' : `There is no stack in ${stateDir}; 'npm run stack -- up' makes one.`);
    return 1;
  }
  say(json ? JSON.stringify(processes) : statusTable(processes));
  return processes.every(({ health }) => health.startsWith('ok')) ? 0 : 1;
}

async function down({ stateDir, purge: removes }: StackOptions & { command: 'down' }): Promise<number> {
  const stopped = await takeDown(stateDir, say);
  if (stopped.length === 0) say(`Nothing of ${stateDir} runs.`);
  if (removes) {
    await purge(stateDir);
    say(`${stateDir} is removed.`);
  }
  return 0;
}

const environment = readEnvironment();
main(parseStackOptions(process.argv.slice(2), environment), environment).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`stack: ${failureText(error)}\n`);
    process.exit(exitCodeOf(error));
  },
);
