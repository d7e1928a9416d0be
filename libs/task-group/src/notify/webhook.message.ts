/** A completed generation, as the moment of its completion fixed it. */
export interface Completion {
  readonly groupId: string;
  readonly generation: number;
  readonly origin: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly completedAt: Date;
}

/** One id per completion, however often it is delivered: a receiver drops what it has seen. */
export const webhookId = ({ groupId, generation }: Pick<Completion, 'groupId' | 'generation'>): string =>
  `${groupId}.${generation}`;

/** The body, the same at every attempt. `url` stands at the top too: the first description of the webhook had nothing else. */
export function webhookBody({ groupId, generation, origin, counts, completedAt }: Completion): string {
  const url = `${origin}/${groupId}`;
  const timestamp = completedAt.toISOString();
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return JSON.stringify({
    type: 'task_group.completed',
    timestamp,
    data: {
      url,
      taskgroup_id: groupId,
      generation,
      status: {
        num_task_runs: rows,
        task_run_status_counts: counts,
        is_active: false,
        status_message: `${counts.completed ?? 0} of ${rows} rows completed.`,
        modified_at: timestamp,
      },
    },
    url,
  });
}
