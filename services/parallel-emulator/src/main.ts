import { runService } from '@multitask/platform';
import { parallelEmulator } from './parallel-emulator';

void runService(parallelEmulator);
