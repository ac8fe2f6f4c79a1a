import { HealthChecks, healthPage } from '@hearth/platform';
import { Controller, Get, Inject, NotFoundException, Res } from '@nestjs/common';
import { Asked, type RequestContext } from '../http/request-context';

/** The part of the framework's reply that is used here. */
interface Reply {
  status(code: number): Reply;
  type(contentType: string): Reply;
  send(body: string): unknown;
}

/** For whoever watches the process; nobody is asked for a token. */
@Controller()
export class HealthController {
  constructor(@Inject(HealthChecks) private readonly checks: HealthChecks) {}

  @Get(['health/live', 'health/ready', 'metrics'])
  async page(@Asked() { path }: RequestContext, @Res() reply: Reply) {
    const page = await healthPage(path.replace(/\/$/, ''), this.checks);
    if (!page) throw new NotFoundException();
    reply.status(page.status).type(page.contentType).send(page.body);
  }
}
