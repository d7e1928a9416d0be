import { runService } from '@multitask/platform';
import { orchestrator } from './index';

void runService(orchestrator);
