export { decideDistrust } from './distrust.decider';
export { decideRestore, type RestoreOptions } from './restore.decider';
export type { LostFact } from './restoration';
export { lossesOf } from './restoration.check';
