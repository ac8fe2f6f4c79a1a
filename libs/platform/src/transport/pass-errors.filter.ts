import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/**
 * Lets what a handler threw reach the transport as it was. Nest's own filter turns every error into "Internal server
 * error", so that a poisonous message could not be told from a passing failure.
 */
@Catch()
export class PassErrorsFilter implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
