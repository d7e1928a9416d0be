export { parallelEmulator } from './parallel-emulator';
