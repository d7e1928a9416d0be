import { hintSubject, isTaskGroupId } from '@multitask/contracts';
import type { IngestorResources } from '../ingestor.resources';
import type { GroupHolder } from './group.holder';

/** Hears of groups that somebody wants to be looked at now. Anybody on our NATS may say so: it costs a question at most. */
export function listenForHints(nats: IngestorResources['nats'], holder: Pick<GroupHolder, 'look'>): void {
  nats.subscribe(hintSubject, {
    callback: (error, message) => {
      const groupId = error ? '' : message.string();
      if (isTaskGroupId(groupId)) holder.look(groupId);
    },
  });
}
