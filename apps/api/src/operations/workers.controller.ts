import { checkStorable, checkWireSchema, routeOf } from '@hearth/cinder-v3';
import { Body, Controller } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';

/** Work that a dead process left is found and finished by whoever takes over: nothing waits for an administrator. */
@Controller()
export class WorkersController {
  @Serves('workers.cleanup')
  cleanup(@Body() body: unknown, @Call() { minor }: CallContext) {
    checkWireSchema(body ?? {}, routeOf('workers.cleanup').body!.schema(minor));
    checkStorable(body, 'the body');
    return { cleaning: [], unavailable: [] };
  }
}
