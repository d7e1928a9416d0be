import { isTaskGroupId, partitionOf } from './ids';

/** The JetStream stream that holds every group's events. */
export const streamName = 'MULTITASK';
export const streamSubjects = 'multitask.*.*.*';

/**
 * Who writes a subject: `command` the api-gateway, `ingest` the ingestor that holds the group, `notify` the notifier,
 * `part` whoever cuts an event over 256 KiB.
 */
export type Writer = 'command' | 'ingest' | 'notify' | 'part';

/** `multitask.<partition>.<group>.<writer>`. Throws for anything that is not a group id: no other text may reach a subject. */
export function subjectOf(groupId: string, writer: Writer): string {
  return `${groupPrefix(groupId)}.${writer}`;
}

/** Every subject of one group. */
export const groupFilter = (groupId: string): string => `${groupPrefix(groupId)}.*`;

/** Every subject of one partition. */
export const partitionFilter = (partition: string): string => `multitask.${partition}.*.*`;

/** Every command of every group: the hint that there is work. */
export const commandFilter = 'multitask.*.*.command';

export function parseSubject(subject: string): { partition: string; groupId: string; writer: Writer } | undefined {
  const [prefix, partition, groupId, writer, ...rest] = subject.split('.');
  if (prefix !== 'multitask' || rest.length > 0 || !partition || !groupId || !isTaskGroupId(groupId)) return undefined;
  if (writer !== 'command' && writer !== 'ingest' && writer !== 'notify' && writer !== 'part') return undefined;
  return { partition, groupId, writer };
}

function groupPrefix(groupId: string): string {
  if (!isTaskGroupId(groupId)) throw new TypeError('not a task group id');
  return `multitask.${partitionOf(groupId)}.${groupId}`;
}
