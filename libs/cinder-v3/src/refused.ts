import type { RefusalData } from '@hearth/kernel';
import type { Fault } from './fault';

/** What a sentence about a refusal can be made from: the id in the request, and the refusal's figures with those of who asked. */
export interface Refused {
  readonly subject: string;
  readonly data: RefusalData;
}
export type FaultOf = (refused: Refused) => Fault;
