import { comparePolicies, comparisonTable } from './compare';
import { parseOptions } from './options';

process.stdout.write(`${comparisonTable(comparePolicies(parseOptions(process.argv.slice(2))))}\n`);
