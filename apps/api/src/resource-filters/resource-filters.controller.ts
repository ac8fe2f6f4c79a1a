import { resourceFiltersView } from '@hearth/cinder-v3';
import { Controller } from '@nestjs/common';
import { Call, type CallContext } from '../http/request-context';
import { Serves } from '../http/serves';

/** By what lists can be narrowed. */
@Controller()
export class ResourceFiltersController {
  @Serves('resourceFilters.list')
  list(@Call() { query }: CallContext) {
    return resourceFiltersView(query);
  }
}
