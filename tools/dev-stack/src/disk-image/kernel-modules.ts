import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** A module of the kernel, as a file. */
export interface KernelModule {
  readonly name: string;
  readonly file: string;
}

/**
 * The modules that have to be loaded, in order, for the wanted ones to work; what is built into the kernel is left out.
 * `directory` is a kernel's own below /lib/modules, with plain .ko files. Reads what each module says of itself, so no
 * index of depmod is needed.
 * @throws Error naming a module that is neither there nor built in.
 */
export async function modulesInOrder(directory: string, wanted: readonly string[]): Promise<KernelModule[]> {
  const files = await findModules(join(directory, 'kernel'));
  const builtIn = new Set(await readBuiltIn(directory));
  const ordered = new Map<string, KernelModule>();
  const add = async (name: string): Promise<void> => {
    if (ordered.has(name) || builtIn.has(name)) return;
    const file = files.get(name);
    if (!file) throw new Error(`the kernel module ${name} is neither below ${directory} nor built into that kernel`);
    for (const dependency of dependenciesOf(await readFile(file))) await add(dependency);
    ordered.set(name, { name, file });
  };
  for (const name of wanted) await add(name);
  return [...ordered.values()];
}

/** By name. A file may be spelled with hyphens where the module has underscores. */
async function findModules(directory: string): Promise<Map<string, string>> {
  const entries = await readdir(directory, { recursive: true });
  return new Map(
    entries.filter((path) => path.endsWith('.ko')).map((path) => [moduleName(path), join(directory, path)]),
  );
}

async function readBuiltIn(directory: string): Promise<string[]> {
  const text = await readFile(join(directory, 'modules.builtin'), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(moduleName);
}

const moduleName = (path: string): string => basename(path, '.ko').replaceAll('-', '_');

/** From the section `.modinfo`: texts `key=value`, each ended by a zero. */
function dependenciesOf(module: Buffer): string[] {
  const key = '\0depends=';
  const at = module.indexOf(key, 0, 'latin1');
  if (at < 0) return [];
  const start = at + key.length;
  const names = module.toString('latin1', start, module.indexOf(0, start));
  return names.split(',').filter(Boolean).map(moduleName);
}
