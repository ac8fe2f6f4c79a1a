import { HealthChecks } from '@hearth/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { CacheController } from './cache/cache.controller';
import { PoolsController } from './operations/pools.controller';
import { ServicesController } from './operations/services.controller';
import { WorkersController } from './operations/workers.controller';
import { HealthController } from './system/health.controller';
import { release, VersionsController } from './system/versions.controller';
import { type VolumeServices, volumeServices } from './volumes/volume-services';
import { VolumesController } from './volumes/volumes.controller';

export interface ApiParts {
  readonly services: VolumeServices;
  readonly health: HealthChecks;
  readonly version: string;
}

@Module({})
export class ApiModule {
  static of({ services, health, version }: ApiParts): DynamicModule {
    return {
      module: ApiModule,
      controllers: [
        VersionsController,
        HealthController,
        CacheController,
        VolumesController,
        ServicesController,
        PoolsController,
        WorkersController,
      ],
      providers: [
        { provide: volumeServices, useValue: services },
        { provide: HealthChecks, useValue: health },
        { provide: release, useValue: version },
      ],
    };
  }
}
