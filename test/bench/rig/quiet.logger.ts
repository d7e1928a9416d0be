import { createLogger } from '@multitask/platform';

export const quietLogger = createLogger('bench', { level: 'error', format: 'json' });
