import { runService } from '@multitask/platform';
import { resultsGateway } from './results-gateway';

void runService(resultsGateway);
