// Type-checks one project and what it imports: `node tools/typecheck.mjs libs/kernel`. The whole house: `npm run typecheck`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './build-options.mjs';

const [folder] = process.argv.slice(2);
if (!folder || !existsSync(join(root, folder, 'project.json'))) {
  console.error('usage: node tools/typecheck.mjs FOLDER-OF-A-PROJECT');
  process.exit(2);
}
const work = join(root, 'dist/typecheck', folder);
mkdirSync(work, { recursive: true });
const config = {
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: {
    noEmit: true,
    incremental: true,
    tsBuildInfoFile: join(work, 'tsbuildinfo'),
    typeRoots: [join(root, 'node_modules/@types')],
  },
  include: [join(root, folder, '**/*.ts')],
};
writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(config, null, 2));
const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(work, 'tsconfig.json')], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
