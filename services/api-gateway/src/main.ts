import { runService } from '@multitask/platform';
import { apiGateway } from './api-gateway';

void runService(apiGateway);
