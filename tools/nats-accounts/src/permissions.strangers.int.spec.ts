import { connectNats, NatsAccessError, openBroker } from '@hearth/event-store-nats';
import { eventually, temporaryDirectory } from '@hearth/testing';
import { throwAwayNats } from '@hearth/testing/servers';
import { makeAccounts, readSeed } from './make-accounts';
import { newUserKey } from './nkey';
import { makeStreams } from './operator';
import { AccountsHouse, hosts } from './testing/accounts-house';

jest.setTimeout(20_000);

let house: AccountsHouse;
beforeAll(async () => (house = await AccountsHouse.open()));
afterAll(() => house?.close());

describe('who is not known', () => {
  const connect = (nkeySeed?: string) => connectNats({ servers: [house.server.url], name: 'stranger', nkeySeed });

  test('is told so, without a seed and with that of another installation', async () => {
    const { seed, publicKey } = newUserKey();
    await expect(connect()).rejects.toThrow(/does not accept anybody without credentials/);
    await expect(connect(seed)).rejects.toThrow(`does not accept ${publicKey}`);
    await expect(connect(seed)).rejects.not.toThrow(seed);
  });

  test('is not kept waiting as if the server were away', async () => {
    const quiet = { info: () => undefined, warn: () => undefined };
    const config = { natsUrl: [house.server.url], natsNkeySeed: newUserKey().seed };
    await expect(openBroker(config, { name: 'stranger', log: quiet })).rejects.toThrow(NatsAccessError);
  });

  test('is told what a seed looks like, and not what was given', async () => {
    const failure = await connect('SUNDAY').catch((error: Error) => error.message);
    expect(failure).toMatch(/begins with SU and has 58 characters/);
    expect(failure).not.toContain('SUNDAY');
  });
});

test('a user who may not make the streams waits until somebody has', async () => {
  const fresh = await temporaryDirectory('hearth-accounts-');
  const { serverFile } = await makeAccounts({ directory: fresh.path, hosts, subscribers: [], listeners: [] });
  const empty = await throwAwayNats({ usersFile: serverFile });
  const lines: string[] = [];
  const log = { info: () => undefined, warn: (line: string) => void lines.push(line) };
  const config = { natsUrl: [empty.url], natsNkeySeed: await readSeed(fresh.path, 'api') };
  const opening = openBroker(config, { name: 'api', log });
  await eventually(() => lines.some((line) => /HEARTH_FACTS does not exist.*waiting/.test(line)));
  await makeStreams({ natsUrl: empty.url, natsAccounts: fresh.path });
  await (await opening).close();
  await empty.stop();
  await fresh.remove();
});
