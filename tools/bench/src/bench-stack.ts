// A stack for measuring: its own ports, its own state, all five apps as processes, gone afterwards.
import { resolve } from 'node:path';
import { Client } from 'pg';
import { VolumeApi } from '../../dev-stack/src/demo/volume-api';
import { type Watch, watchStack } from '../../dev-stack/src/demo/watch-stack';
import { removeStackData } from '../../dev-stack/src/servers/stack-servers';
import { bringUp, type BringUpOptions } from '../../dev-stack/src/stack/bring-up';
import type { StackRecord } from '../../dev-stack/src/stack/stack-record';
import { takeDown } from '../../dev-stack/src/stack/take-down';

/** The checkout, seen from the bundle below dist/tools/bench/src. */
export const root = resolve(__dirname, '../../../..');

/** A thousand requests at once are answered late where others want the processors, too. */
const answerTimeoutMs = 600_000;

export interface BenchStack {
  readonly record: StackRecord;
  readonly stateDir: string;
  readonly api: VolumeApi;
  readonly watch: Watch;
  readonly natsVersion: string;
  /** Brings the hosts up anew with other settings. */
  change(settings: NonNullable<BringUpOptions['settings']>): Promise<void>;
  end(): Promise<void>;
}

export interface BenchStackOptions {
  readonly stateDir: string;
  readonly backendDirectory: string;
  readonly inherited: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** What is not as usual from the start: servers that run already, the number of hosts, settings, patience. */
  readonly planned?: Pick<BringUpOptions, 'external' | 'volumeManagers' | 'settings' | 'readyTimeoutMs'>;
}

export async function startBenchStack(options: BenchStackOptions): Promise<BenchStack> {
  const { stateDir, planned = {} } = options;
  const up = (settings: BringUpOptions['settings']) =>
    bringUp({ ...options, ...planned, root, settings, anyPorts: true, natsUsers: false });
  const end = async () => {
    await takeDown(stateDir);
    await removeStackData(stateDir);
  };
  try {
    const { record } = await up(planned.settings);
    await liftQuota(record.databaseUrl);
    const watch = await watchStack(record);
    return {
      record,
      stateDir,
      api: new VolumeApi(record.apiUrl, 'bench', 'bench:alice:member', answerTimeoutMs),
      watch,
      natsVersion: watch.connection.info?.version ?? 'unknown',
      change: async (settings) => void (await up(settings)),
      end: async () => {
        await watch.end();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function liftQuota(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client
    .query(`update quota_classes set hard_limit = -1 where class_name = 'default'`)
    .finally(() => client.end());
}
