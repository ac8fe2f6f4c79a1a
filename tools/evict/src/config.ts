/** Where the log is: the same variable as the apps'. */
export function readNatsUrls(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  return (env['HEARTH_NATS_URL'] || 'nats://127.0.0.1:4222').split(',').map((url) => url.trim());
}
