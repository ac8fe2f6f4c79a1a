/** Where the api is and who asks, as the environment says; options of the command line win. */
export interface CliDefaults {
  readonly url: string;
  readonly token: string | undefined;
}

export function readDefaults(): CliDefaults {
  const { HEARTH_API_URL: url, HEARTH_TOKEN: token } = process.env;
  return { url: url || 'http://127.0.0.1:8776', token: token || undefined };
}
