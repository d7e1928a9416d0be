import type { Stir } from '@multitask/orchestration';
import type { Logger } from '@multitask/platform';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { z } from 'zod';

const subject = 'multitask-stir.orchestration';

/** Runs and kinds of one word; what does not fit is found by looking. */
const mostNamed = 200;

const word = z.object({ from: z.string(), runIds: z.array(z.string()), readyKinds: z.array(z.string()) });

/** Tells the other replicas what changed, and hears of theirs. A word that is lost costs a second. */
export class StirExchange {
  private readonly subscription: Subscription;

  constructor(
    private readonly connection: NatsConnection,
    private readonly from: string,
    hear: (stir: Stir) => void,
    logger: Logger,
  ) {
    this.subscription = connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) return logger.warn({ err: error }, 'hearing of other replicas’ changes failed');
        const heard = read(message.data);
        if (heard && heard.from !== from) hear(heard);
      },
    });
  }

  tell({ runIds, readyKinds }: Stir): void {
    if (this.connection.isClosed()) return;
    const { from } = this;
    const told = { from, runIds: runIds.slice(0, mostNamed), readyKinds: readyKinds.slice(0, mostNamed) };
    this.connection.publish(subject, JSON.stringify(told));
  }

  close(): void {
    this.subscription.unsubscribe();
  }
}

function read(data: Uint8Array): z.infer<typeof word> | undefined {
  try {
    return word.safeParse(JSON.parse(Buffer.from(data).toString())).data;
  } catch {
    return undefined;
  }
}
