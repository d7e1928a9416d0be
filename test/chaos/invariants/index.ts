import type { Ledger } from '../ledger';
import { nothingIsLost } from './i1-nothing-lost';
import { readModelIsTheFold } from './i2-read-model';
import { readersSawTheLog } from './i3-readers';
import { webhooksAreTrue } from './i4-webhooks';
import { staleHoldersAreRefused } from './i5-stale-holder';
import { endsAreFinal } from './i6-terminal-states';
import { rowsAreBoughtOnce } from './i7-bought-once';
import type { Invariant, InvariantName, Violation } from './violation';

export type { InvariantName, Violation } from './violation';

export const invariants: Readonly<Record<InvariantName, Invariant>> = {
  I1: nothingIsLost,
  I2: readModelIsTheFold,
  I3: readersSawTheLog,
  I4: webhooksAreTrue,
  I5: staleHoldersAreRefused,
  I6: endsAreFinal,
  I7: rowsAreBoughtOnce,
};

export const invariantNames = Object.keys(invariants) as InvariantName[];

export const violationsOf = (ledger: Ledger): Violation[] => invariantNames.flatMap((name) => invariants[name](ledger));
