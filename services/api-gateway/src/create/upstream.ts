import type { JsonObject } from '@multitask/contracts';

/** A task as the upstream suggests it from words. */
export interface SuggestedTask {
  readonly output_schema?: JsonObject | null;
  readonly title?: string | null;
  readonly warnings?: readonly unknown[] | null;
}

export interface UpstreamGroup {
  readonly runs: number;
  /** Of its first run; undefined without one. */
  readonly processor: string | undefined;
}

/** What creating a group needs of the upstream. Rejects with the registry's errors. */
export interface Upstream {
  suggest(apiKey: string, request: { user_intent: string; previous_task?: JsonObject }): Promise<SuggestedTask>;
  /** Best first; empty when nothing is recommended. */
  suggestProcessor(
    apiKey: string,
    request: { task_spec: JsonObject; choose_processors_from: readonly string[] },
  ): Promise<readonly string[]>;
  /** A group that exists; rejects with `group_not_found` when this key cannot read it. */
  readGroup(apiKey: string, groupId: string): Promise<UpstreamGroup>;
  createGroup(apiKey: string, metadata: JsonObject | undefined): Promise<{ readonly taskgroup_id: string }>;
}
