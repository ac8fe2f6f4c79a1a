import type { ConnectionInfo, ObjectRef } from '@hearth/driver-api';
import { temporaryDirectory, type TemporaryDirectory } from '@hearth/testing';
import { join } from 'node:path';
import { run, written } from './file-driver';
import { type NbdDriver, onlyServer, openNbd, runFiles } from './nbd-driver';

/** The file driver that connects over NBD in a folder of its own, with one object that begins with ones. */
export class NbdHouse {
  driver!: NbdDriver;
  object!: ObjectRef;
  /** What the driver has warned of since the object is there. */
  readonly warnings: string[] = [];
  private constructor(readonly home: TemporaryDirectory) {}

  static async open(): Promise<NbdHouse> {
    const house = new NbdHouse(await temporaryDirectory('hearth-nbd-'));
    await house.start();
    house.object = await written(house.driver, Buffer.alloc(4096, 1));
    house.warnings.length = 0;
    return house;
  }

  async close(): Promise<void> {
    for await (const { name } of this.driver.list('default')) await this.driver.remove({ pool: 'default', name });
    await this.driver.close();
    await this.home.remove();
  }

  /** Opens a driver, as the next process does: who has one closes it first. */
  async start(config: object = this.config(), given = run): Promise<void> {
    this.driver = await openNbd(config, this.warnings, given);
  }

  /** Connects a client to the object. */
  connect(client: string, access = { readOnly: false }): Promise<ConnectionInfo> {
    return this.driver.connect(this.object, client, {}, access);
  }

  disconnect(client: string): Promise<void> {
    return this.driver.disconnect(this.object, client);
  }

  config(nbd: object = {}) {
    return {
      directory: this.at('volumes, all of them'),
      cloneMethod: 'overlay',
      nbd: { runDirectory: this.runDirectory, ...nbd },
    };
  }

  at(name: string): string {
    return join(this.home.path, name);
  }

  get runDirectory(): string {
    return this.at('run');
  }

  files(suffix: string): Promise<string[]> {
    return runFiles(this.runDirectory, suffix);
  }

  server(): ReturnType<typeof onlyServer> {
    return onlyServer(this.runDirectory);
  }
}
