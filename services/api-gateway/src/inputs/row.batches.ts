import type { JsonValue } from '@multitask/contracts';

/**
 * Rows as they arrive: those of each piece of text together, each parsed when it is asked for. A batch must be taken to its end
 * before the next one. One by one, 100,000 small rows cost more in awaited promises than in all the work on them.
 */
export type RowBatches = AsyncGenerator<Iterable<JsonValue>>;
