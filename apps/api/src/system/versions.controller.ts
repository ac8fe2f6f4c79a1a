import { healthcheckView, openApiDocument, versionsView } from '@hearth/cinder-v3';
import { Controller, Get, HttpCode, Inject } from '@nestjs/common';
import { Asked, type RequestContext } from '../http/request-context';

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
  @Get()
  @HttpCode(300)
  discover(@Asked() { base }: RequestContext) {
    return versionsView(base);
  }

  @Get('v3')
  versions(@Asked() { base }: RequestContext) {
    return versionsView(base);
  }

  @Get('healthcheck')
  healthcheck() {
    return healthcheckView;
  }

  @Get('openapi.json')
  openapi() {
    return this.document;
  }
}
