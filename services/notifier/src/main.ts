import { runService } from '@multitask/platform';
import { notifier } from './index';

void runService(notifier);
