import type { StockClients } from './clients';
import { type Subject, wordsOf } from './step';

/**
 * What of the client is about volumes: all of this API, and these of those that ask several services. Its commands `volume backend` are
 * of the API before, which neither the installed client nor the server speaks any more.
 */
const volumeApi = 'openstack.volume.v3';
const ofSeveralApis = [
  'quota list',
  'quota set',
  'quota show',
  'limits show',
  'availability zone list',
  'image create',
];

/** Commands that have no step, and why. */
const excused: Readonly<Record<string, string>> = {};

/** The commands of the installed client that no step types. */
export async function commandsWithoutStep(clients: StockClients, subjects: readonly Subject[]): Promise<string[]> {
  const typed = await typedCommands(clients, subjects);
  return (await commandsAboutVolumes(clients)).filter((command) => !typed.has(command) && !(command in excused));
}

/** Excuses that excuse nothing. */
export async function needlessExcuses(clients: StockClients, subjects: readonly Subject[]): Promise<string[]> {
  const typed = await typedCommands(clients, subjects);
  const known = await commandsAboutVolumes(clients);
  return Object.keys(excused).filter((command) => typed.has(command) || !known.includes(command));
}

async function commandsAboutVolumes(clients: StockClients): Promise<string[]> {
  const { stdout } = await clients.run({ program: 'openstack', argv: ['command', 'list', '-f', 'json'], env: {} });
  const groups = JSON.parse(stdout) as { 'Command Group': string; Commands: string[] }[];
  const all = groups.flatMap(({ Commands: commands }) => commands);
  const own = groups.find(({ 'Command Group': group }) => group === volumeApi);
  if (!own) throw new Error(`the client has no commands of ${volumeApi}`);
  return [...own.Commands, ...ofSeveralApis.filter((command) => all.includes(command))];
}

/** The longest command that a step begins with, as the client reads it. */
async function typedCommands(clients: StockClients, subjects: readonly Subject[]): Promise<Set<string>> {
  const known = (await commandsAboutVolumes(clients)).sort((a, b) => b.length - a.length);
  const steps = subjects.flatMap(({ steps: all }) => all).filter(({ program }) => program === 'openstack');
  const begun = steps.map(({ command }) => `${wordsOf(command).join(' ')} `);
  return new Set(begun.flatMap((text) => known.find((command) => text.startsWith(`${command} `)) ?? []));
}
