import {
  changeServiceSchema,
  disableServiceSchema,
  hostUsageView,
  hostView,
  notFound,
  parseChangeService,
  serviceView,
} from '@hearth/cinder-v3';
import { hostUsage } from '@hearth/read-model';
import { Body, Controller, Inject, Param } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';
import { type VolumeServices, volumeServices } from '../volumes/volume-services';
import { allServices, changeService, servicesLike } from './services';

/** The services of the block storage, and their hosts. */
@Controller()
export class ServicesController {
  constructor(@Inject(volumeServices) private readonly services: VolumeServices) {}

  @Serves('services.list')
  async list(@Call() { query, minor }: CallContext) {
    const found = servicesLike(await allServices(this.services), query);
    return { services: found.map((service) => serviceView(service, minor)) };
  }

  @Serves('services.enable')
  enable(@Body() body: unknown, @Call() call: CallContext) {
    return changeService(this.services, parseChangeService(body ?? {}, changeServiceSchema()), true, call);
  }

  @Serves('services.disable')
  disable(@Body() body: unknown, @Call() call: CallContext) {
    return changeService(this.services, parseChangeService(body ?? {}, changeServiceSchema()), false, call);
  }

  @Serves('services.disableWithReason')
  disableWithReason(@Body() body: unknown, @Call() call: CallContext) {
    return changeService(this.services, parseChangeService(body ?? {}, disableServiceSchema()), false, call);
  }

  @Serves('hosts.list')
  async hosts(@Call() { query }: CallContext) {
    return { hosts: servicesLike(await allServices(this.services), query).map(hostView) };
  }

  @Serves('hosts.show')
  async host(@Param('host_name') name: string) {
    const known = await allServices(this.services);
    if (!known.some(({ host }) => host === name)) throw notFound('Host', name);
    return hostUsageView(name, await hostUsage(this.services.database, name));
  }
}
