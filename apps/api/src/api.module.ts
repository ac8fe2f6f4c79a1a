import { HealthChecks } from '@hearth/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import { EmptyController } from './absent/empty.controller';
import { AttachmentsController } from './attachments/attachments.controller';
import { HostAnswers } from './attachments/host-answers';
import { CacheController } from './cache/cache.controller';
import { CacheActsController } from './cache/cache-acts.controller';
import { CacheInsightController } from './cache/cache-insight.controller';
import { CachePrefetchesController } from './cache/cache-prefetches.controller';
import { MessagesController } from './messages/messages.controller';
import { PoolsController } from './operations/pools.controller';
import { ServicesController } from './operations/services.controller';
import { WorkersController } from './operations/workers.controller';
import { ResourceFiltersController } from './resource-filters/resource-filters.controller';
import { SnapshotMetadataController } from './snapshots/snapshot-metadata.controller';
import { SnapshotsController } from './snapshots/snapshots.controller';
import { QosController } from './qos/qos.controller';
import { QuotasController } from './quotas/quotas.controller';
import { HealthController } from './system/health.controller';
import { release, VersionsController } from './system/versions.controller';
import { TransfersController } from './transfers/transfers.controller';
import { ManageableVolumesController } from './volumes/manage/manageable-volumes.controller';
import { VolumeEncryptionController } from './volumes/volume-encryption.controller';
import { VolumeMetadataController } from './volumes/volume-metadata.controller';
import { DefaultTypesController } from './types/default-types.controller';
import { TypePartsController } from './types/type-parts.controller';
import { TypesController } from './types/types.controller';
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
        CacheActsController,
        CachePrefetchesController,
        CacheInsightController,
        VolumesController,
        VolumeMetadataController,
        VolumeEncryptionController,
        ManageableVolumesController,
        ResourceFiltersController,
        ServicesController,
        PoolsController,
        WorkersController,
        AttachmentsController,
        SnapshotsController,
        SnapshotMetadataController,
        TransfersController,
        MessagesController,
        TypesController,
        TypePartsController,
        DefaultTypesController,
        QosController,
        QuotasController,
        EmptyController,
      ],
      providers: [
        { provide: volumeServices, useValue: services },
        { provide: HostAnswers, useValue: services.hostAnswers },
        { provide: HealthChecks, useValue: health },
        { provide: release, useValue: version },
      ],
    };
  }
}
