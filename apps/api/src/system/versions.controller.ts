import { healthcheckView, openApiDocument, versionsView } from '@hearth/cinder-v3';
import { Controller, Inject } from '@nestjs/common';
import { Asked, type RequestContext } from '../http/request-context';
import { Serves } from '../http/serves';

/** The injector's name for the program's version. */
export const release = Symbol('release');

/** What the API is, rather than what it serves. */
@Controller()
export class VersionsController {
  private readonly document: ReturnType<typeof openApiDocument>;

  constructor(@Inject(release) version: string) {
    this.document = openApiDocument(version);
  }

  /** 300, as in Cinder: there is a choice, of one. */
  @Serves('versions.discover')
  discover(@Asked() { base }: RequestContext) {
    return versionsView(base);
  }

  @Serves('versions.show')
  versions(@Asked() { base }: RequestContext) {
    return versionsView(base);
  }

  @Serves('healthcheck')
  healthcheck() {
    return healthcheckView;
  }

  @Serves('openapi')
  openapi() {
    return this.document;
  }
}
