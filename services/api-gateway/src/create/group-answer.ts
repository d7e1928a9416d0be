import type {
  CreateAnswer,
  DryRunAnswer,
  Estimate,
  EventData,
  Formats,
  GroupSpec,
  GroupWarning,
  RowInput,
} from '@multitask/contracts';
import { estimateOf } from '@multitask/task-group';

/** What `GroupCreated` says, as the caller is told. Made from the event alone, so a repeat after a crash tells the same. */
export function answerOf(groupId: string, created: EventData<'GroupCreated'>): CreateAnswer {
  const url = `${created.origin}/${groupId}`;
  return {
    url,
    taskgroup_id: groupId,
    ...resolvedOf(created.spec, created.row_count, created.warnings),
    ...(created.followed && { estimate: boughtElsewhere }),
    expires_at: null,
    formats: formatsOf(url),
  };
}

/** Of a group that is only followed. */
export const boughtElsewhere: Estimate = { cost_usd: 0, usd_per_run: 0, seconds: null };

export const dryRunAnswerOf = (
  spec: GroupSpec,
  rows: number,
  warnings: readonly GroupWarning[],
  preview: readonly RowInput[],
): DryRunAnswer => ({ dry_run: true, ...resolvedOf(spec, rows, warnings), preview: [...preview] });

function resolvedOf(spec: GroupSpec, rows: number, warnings: readonly GroupWarning[]) {
  return {
    num_inputs: rows,
    processor: spec.processor,
    output_type: spec.output.type,
    output_schema: spec.output.type === 'json' ? spec.output.json_schema : null,
    title: spec.title ?? null,
    warnings: [...warnings],
    estimate: estimateOf(rows, spec.processor),
  };
}

const formatsOf = (url: string): Formats => ({
  json: `${url}.json`,
  md: `${url}.md`,
  html: `${url}.html`,
  sse: `${url}.sse`,
  csv: `${url}.csv`,
  ndjson: `${url}.ndjson`,
  sqlite: `${url}.sqlite`,
  db: `${url}.db`,
  status: `${url}/status`,
});
