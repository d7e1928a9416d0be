import { runService } from '@multitask/platform';
import { projector } from './index';

void runService(projector);
