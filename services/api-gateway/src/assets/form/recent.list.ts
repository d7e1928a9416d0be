/** A group that was started in this browser. Its id is all that opens it, so nothing else of it is kept. */
export interface RecentGroup {
  readonly id: string;
  readonly title: string;
  readonly rows: number;
  readonly at: number;
}

export const mostRecent = 20;

/** What was kept, whoever wrote it: anything that is no such list is an empty one. */
export function readRecent(text: string | null): RecentGroup[] {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(kept) ? kept.filter(isGroup).slice(0, mostRecent) : [];
}

export const withGroup = (groups: readonly RecentGroup[], group: RecentGroup): RecentGroup[] =>
  [group, ...groups.filter(({ id }) => id !== group.id)].slice(0, mostRecent);

export const withoutGroup = (groups: readonly RecentGroup[], id: string): RecentGroup[] =>
  groups.filter((group) => group.id !== id);

function isGroup(value: unknown): value is RecentGroup {
  const { id, title, rows, at } = (value ?? {}) as Partial<Record<keyof RecentGroup, unknown>>;
  return (
    typeof id === 'string' &&
    /^tgrp_[A-Za-z0-9_-]{1,64}$/.test(id) &&
    typeof title === 'string' &&
    typeof rows === 'number' &&
    typeof at === 'number'
  );
}

/** `just now`, `5 min ago`, `3 h ago`, `2 days ago` */
export function agoText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 2_880) return `${Math.round(minutes / 60)} h ago`;
  return `${Math.round(minutes / 1_440)} days ago`;
}
