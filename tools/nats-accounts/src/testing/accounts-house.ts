import { connectNats, ensureStreams } from '@hearth/event-store-nats';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { throwAwayNats, type ThrowAwayNats } from '@hearth/testing/servers';
import type { NatsConnection } from 'nats';
import { makeAccounts, readSeed } from '../make-accounts';
import { parseHost } from '../users';

export const hosts = [parseHost('store-01=file#default'), parseHost('store.two=file#default,fast#ssd')];
/** The names of the hosts. */
export const [a, b] = ['store-01', 'store.two'] as const;

/** An installation with two hosts, a subscriber and a listener, and a server that knows its users and has its streams. */
export class AccountsHouse {
  private constructor(
    private readonly directory: TemporaryDirectory,
    readonly server: ThrowAwayNats,
  ) {}

  static async open(): Promise<AccountsHouse> {
    const directory = await temporaryDirectory('hearth-accounts-');
    const installation = { hosts, subscribers: ['billing'], listeners: ['console'] };
    const { serverFile } = await makeAccounts({ directory: directory.path, ...installation });
    const house = new AccountsHouse(directory, await throwAwayNats({ usersFile: serverFile }));
    const operator = await house.connectAs('operator');
    await ensureStreams(operator);
    await operator.close();
    return house;
  }

  async close(): Promise<void> {
    await this.server.stop();
    await this.directory.remove();
  }

  seedOf(user: string): Promise<string> {
    return readSeed(this.directory.path, user);
  }

  async connectAs(user: string): Promise<NatsConnection> {
    return connectNats({ servers: [this.server.url], name: user, nkeySeed: await this.seedOf(user) });
  }
}
