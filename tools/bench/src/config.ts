/** What the processes of a bench inherit: enough to live, and nothing that a developer has set for another stack. */
export function readInherited(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(HEARTH|OTEL)_/.test(name)));
}
