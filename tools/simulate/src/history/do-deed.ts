import type { ImageIdentity } from '@hearth/contracts';
import { type VolumeCommand, volumeDecider } from '@hearth/domain';
import { exampleRequest } from '@hearth/domain/testing';
import { runCommand } from '@hearth/event-sourcing';
import type { ProjectId, UserId, VolumeId } from '@hearth/kernel';
import type { World } from '../world/world';
import { among } from './among';
import type { Deed } from './history';
import { Steward } from './steward-deeds';
import { Trouble } from './trouble-deeds';

const projects = ['red', 'blue'] as const;

/** One deed in a world: it begins here, and goes on as turns are given. */
export class Doer {
  /** Creates in their order, and the image of each. */
  readonly volumes: { readonly id: VolumeId; readonly image: ImageIdentity | null; readonly sizeGib: number }[] = [];
  readonly trouble: Trouble;
  private readonly steward: Steward;

  constructor(private readonly world: World) {
    this.trouble = new Trouble(world);
    this.steward = new Steward(world);
  }

  begin(deed: Deed): void {
    switch (deed.do) {
      case 'create':
        for (let count = 0; count < deed.count; count += 1) this.create(deed);
        return;
      case 'delete': {
        const volume = among(this.volumes, deed.volume);
        const force = deed.force ?? false;
        if (volume) this.tellVolume(volume.id, { do: 'DeleteVolume', userId: 'alice' as UserId, force });
        return;
      }
      case 'new-version':
        return this.world.images.add(deed.family, deed);
      case 'turn-image':
      case 'edit-image':
      case 'change-image':
      case 'tamper':
        return this.troubleImage(deed);
      case 'set-quota':
        this.world.quota.limits = deed.limits;
        return;
      case 'nudge':
        return this.nudge(deed);
      case 'pass':
        return void this.world.runPass(deed.pick);
      case 'wait':
        return this.world.time.pass(deed.ms);
      case 'kill':
      case 'restart':
      case 'boot-beside':
        return this.troubleHost(deed);
      case 'driver-fails':
      case 'driver-hangs':
      case 'image-fails':
      case 'image-hangs':
      case 'looks-fail':
      case 'log-fails':
      case 'corrupt':
      case 'lose':
      case 'grow':
      case 'plant':
        return this.trouble.begin(deed);
      case 'policy':
      case 'remove-policy':
      case 'pin':
      case 'unpin':
      case 'switch-off':
      case 'switch-on':
      case 'prefetch':
      case 'cancel-prefetch':
      case 'evict':
        return this.steward.begin(deed);
      case 'look':
        return;
    }
  }

  private create({ image: family, sizeGib }: Extract<Deed, { do: 'create' }>): void {
    const image = family === null ? null : this.world.images.latest(family);
    if (image === undefined) return;
    const id = this.world.newId() as VolumeId;
    // The api refuses what cannot be.
    const size = Math.max(sizeGib, image?.identity.minDiskGib ?? 1);
    const projectId = projects[this.volumes.length % 2] as string as ProjectId;
    const request = { ...exampleRequest, volumeId: id, projectId, image: image?.identity ?? null, sizeGib: size };
    this.volumes.push({ id, image: image?.identity ?? null, sizeGib: size });
    this.tellVolume(id, { do: 'RequestVolume', request });
  }

  private troubleImage(deed: Extract<Deed, { do: 'turn-image' | 'edit-image' | 'change-image' | 'tamper' }>): void {
    const { images } = this.world;
    const image = among(images.images, deed.image);
    if (!image) return;
    if (deed.do === 'turn-image') return images.turn(image, deed.to);
    if (deed.do === 'edit-image') return images.edit(image);
    if (deed.do === 'change-image') return images.change(image, deed);
    if (deed.how === 'removed') return images.places.remove(image.identity.id);
    images.places.tamper(image.identity.id);
  }

  private troubleHost(deed: Extract<Deed, { do: 'kill' | 'restart' | 'boot-beside' }>): void {
    const { hosts, turns, liveness } = this.world;
    const host = among([...hosts.values()], deed.host)!;
    if (deed.do === 'restart') return void host.restart(deed.options);
    if (deed.do === 'boot-beside') return void host.bootBeside(deed.turns);
    host.kill();
    const rise = async () => {
      for (let count = 0; count < deed.downTurns; count += 1) {
        await turns.next();
        // Its report expires some time after its death.
        if (count === 20) await liveness.withdraw(host.name);
      }
      await host.rise();
    };
    void rise();
  }

  private nudge({ host, volume, pool }: Extract<Deed, { do: 'nudge' }>): void {
    const { hosts, pools } = this.world;
    const { name } = among([...hosts.values()], host)!;
    const id = volume === null ? undefined : among(this.volumes, volume)?.id;
    if (id !== undefined) return void this.world.nudge(name, { kind: 'volume', id });
    return void this.world.nudge(name, { kind: 'pool', id: among(pools, pool)! });
  }

  /** What is asked again: a client that gets no answer may find it done. */
  private tellVolume(id: VolumeId, command: VolumeCommand): void {
    const stream = { category: 'volume', id } as const;
    runCommand(this.world.environment, volumeDecider, stream, command).catch((error: unknown) =>
      this.world.words.warn('a request failed', { error }),
    );
  }
}
