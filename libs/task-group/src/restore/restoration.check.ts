import { isSettled, type GroupView, type RowView } from '../view/group-view';
import { advances } from '../view/run-progress';

/** What the log cannot say any more of a group that was restored, each as a sentence. What it knows better is no loss. */
export function lossesOf(kept: GroupView, restored: GroupView | undefined): string[] {
  if (!restored) return ['the group is not in the log'];
  if (restored.expiredAt) return [];
  const losses: string[] = [];
  if (restored.generation < kept.generation) losses.push(`generation ${kept.generation} is lost`);
  if (restored.completedGeneration < kept.completedGeneration)
    losses.push(`the completion of generation ${kept.completedGeneration} is lost`);
  for (const row of kept.rows) {
    const loss = lossOf(row, restored.rows[row.row]);
    if (loss) losses.push(`row ${row.row}: ${loss}`);
  }
  return losses;
}

function lossOf(kept: RowView, restored: RowView | undefined): string | undefined {
  if (!restored) return 'it is lost';
  if (JSON.stringify(restored.input) !== JSON.stringify(kept.input)) return 'its input is another one';
  if (restored.attempt > kept.attempt) return undefined;
  if (restored.attempt < kept.attempt) return `attempt ${kept.attempt} is lost`;
  if (kept.runId !== null && restored.runId !== kept.runId) return `run ${kept.runId} is lost`;
  if (isSettled(kept.status) && kept.status !== restored.status && restored.runId === kept.runId)
    return `it had ended ${kept.status} and is ${restored.status}`;
  if (advances(restored.status, kept.status as never)) return `it was ${kept.status} and is ${restored.status}`;
  if (kept.output !== null && JSON.stringify(restored.output) !== JSON.stringify(kept.output))
    return 'its output is lost';
  if (kept.previous.length > restored.previous.length) return 'an earlier run of it is lost';
  return undefined;
}
