// `volume-manager --check-config`: imported before anything that needs a configuration which can be used.
import { exitCodeConfig } from '@hearth/platform';
import { checkBackends } from './config';

if (process.argv.includes('--check-config')) {
  const { lines, isGood } = checkBackends();
  process.stdout.write(`${lines.join('\n')}\n`);
  process.exit(isGood ? 0 : exitCodeConfig);
}
