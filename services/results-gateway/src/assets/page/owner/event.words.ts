import { cellText } from '../data/text';
import type { LoggedEvent } from './owner.answers';

const titles: Readonly<Record<string, string>> = {
  'rows.accepted': 'Rows accepted',
  'group.created': 'Group created',
  'inputs.appended': 'Rows added',
  'retry.requested': 'Retry ordered',
  'cancel.requested': 'Cancel ordered',
  'delete.requested': 'Deletion ordered',
  'ingest.started': 'Taken over by a worker',
  'runs.requested': 'Runs are being bought',
  'runs.added': 'Runs bought',
  'runs.followed': 'Runs followed',
  'runs.rejected': 'Rows refused',
  'surplus.seen': 'A run that is no row',
  'run.updated': 'A run changed',
  'runs.updated': 'Runs changed',
  'group.status': 'Status',
  'group.blocked': 'Blocked',
  'group.unblocked': 'Goes on',
  'group.completed': 'Completed',
  'webhook.attempted': 'Webhook sent',
  'webhook.gave-up': 'Webhook given up',
  'group.expired': 'Expired',
};

/** Characters of an event in its line; the whole of it is shown when it is opened. */
const lineLength = 140;

/** `multitask.run.updated.v1` as people call it. A type of a later release is told by its name. */
export function eventTitle(type: string): string {
  const name = type.replace(/^multitask\./, '').replace(/\.v\d+$/, '');
  return Object.hasOwn(titles, name) ? titles[name]! : name.replaceAll(/[.-]/g, ' ');
}

/** What an event says, in one line. */
export function eventSummary({ data }: Pick<LoggedEvent, 'data'>): string {
  const told = Object.entries(data).filter(([name, value]) => name !== 'batch_id' && cellText(value) !== '');
  const parts = told.map(([name, value]) => {
    const isList = Array.isArray(value) && value.length > 3;
    return `${name.replaceAll('_', ' ')}: ${isList ? `${value.length.toLocaleString('en')} entries` : cellText(value)}`;
  });
  const text = parts.join(' · ');
  return text.length > lineLength ? `${text.slice(0, lineLength)}…` : text;
}
