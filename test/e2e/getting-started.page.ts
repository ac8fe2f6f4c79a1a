// What docs/getting-started.md has a new user type.
import { readFile } from 'node:fs/promises';

/** The commands of the page, in its order: each block that is marked as `shell`. */
export async function shellBlocks(page: string): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(/^```shell\n(.*?)^```$/gms)].map(([, commands = '']) => commands);
}

/** What a block said, and whether the shell got through it. */
export interface BlockOutcome {
  readonly commands: string;
  readonly said: string;
}

const mark = '@@ block';

/**
 * One script of all blocks, that ends with the first command that fails. Between two of them it waits as a reader does, until nothing that
 * was asked for is under way any more.
 */
export function scriptOf(blocks: readonly string[]): string {
  const settle = `
settle() {
  [ -n "\${HEARTH_API_URL:-}" ] || return 0
  images=$(sed -n 's/.*image_endpoint_override: "\\(.*\\)"/\\1/p' "$OS_CLIENT_CONFIG_FILE" | head -1)
  for try in $(seq 300); do
    seen=$(for url in "$HEARTH_API_URL/v3/demo/volumes/detail" "$HEARTH_API_URL/v3/demo/snapshots/detail" "$images/v2/images"; do
      curl -sS -H 'X-Auth-Token: demo:alice:member' "$url"
    done)
    grep -Eq '"status": ?"(creating|downloading|extending|deleting|detaching|queued|saving|importing)"' <<< "$seen" || return 0
    sleep 0.1
  done
  echo "still under way: $seen" >&2
  return 1
}
`;
  const steps = blocks.map((commands, index) => `echo '${mark} ${index}'\n${commands}`);
  return `set -eo pipefail\n${settle}\n${steps.join('\nsettle\n')}`;
}

/** What a script of `scriptOf` printed, by block; a block that was not reached is not among them. */
export function outcomes(blocks: readonly string[], printed: string): BlockOutcome[] {
  return printed
    .split(new RegExp(`^${mark} \\d+\\n`, 'm'))
    .slice(1)
    .map((said, index) => ({ commands: blocks[index] ?? '', said }));
}
