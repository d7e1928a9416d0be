import {
  errorKinds,
  eventKinds,
  feedStream,
  feedSubjects,
  hintSubject,
  limits,
  requestSubjects,
  rowKeyMetadata,
  routes,
  streamName,
  streamSubjects,
} from './index';

/**
 * Values that others see or that lie in stores: a change here breaks logs, clients, dashboards or a running cluster.
 * A red test asks "deliberate, with a migration?", and is then changed by hand.
 */
describe('what the world relies on', () => {
  it('subjects of the log', () => {
    expect({ streamName, streamSubjects, requestSubjects, hintSubject, feedStream, feedSubjects }).toEqual({
      streamName: 'MULTITASK',
      streamSubjects: 'multitask.*.*.*',
      requestSubjects: {
        getData: 'multitask-rpc.results.getData',
        getStatus: 'multitask-rpc.results.getStatus',
        orchestrate: 'multitask-rpc.orchestration.perform',
      },
      hintSubject: 'multitask-hint.group',
      feedStream: 'multitask-orchestration',
      feedSubjects: 'multitask.orchestration.run.*.*.>',
    });
  });

  it('types of events, and who writes them', () => {
    expect(Object.values(eventKinds).map(({ type, writer }) => `${writer} ${type}`)).toEqual([
      'command multitask.rows.accepted.v1',
      'command multitask.group.created.v1',
      'command multitask.inputs.appended.v1',
      'command multitask.retry.requested.v1',
      'command multitask.cancel.requested.v1',
      'command multitask.delete.requested.v1',
      'ingest multitask.ingest.started.v1',
      'ingest multitask.runs.requested.v1',
      'ingest multitask.runs.added.v1',
      'ingest multitask.runs.followed.v1',
      'ingest multitask.runs.rejected.v1',
      'ingest multitask.surplus.seen.v1',
      'ingest multitask.run.updated.v1',
      'ingest multitask.runs.updated.v1',
      'ingest multitask.group.status.v1',
      'ingest multitask.group.blocked.v1',
      'ingest multitask.group.unblocked.v1',
      'ingest multitask.group.completed.v1',
      'notify multitask.webhook.attempted.v1',
      'notify multitask.webhook.gave-up.v1',
      'notify multitask.group.expired.v1',
    ]);
  });

  it('the metadata key that ties a run to its row', () => {
    expect(rowKeyMetadata).toBe('multitask_row');
    expect(rowKeyMetadata.length).toBeLessThanOrEqual(16);
  });

  it('error codes with their statuses', () => {
    expect(
      Object.entries(errorKinds).map(([code, { status, retryable }]) => `${status} ${code}${retryable ? ' ↻' : ''}`),
    ).toEqual([
      '400 malformed_body',
      '400 invalid_field',
      '400 unknown_field',
      '400 invalid_inputs',
      '400 inputs_unreachable ↻',
      '400 url_not_allowed',
      '400 invalid_schema',
      '401 key_missing',
      '401 key_refused',
      '401 signature_refused',
      '401 token_missing',
      '401 token_refused',
      '402 credit_exhausted ↻',
      '402 cost_above_limit',
      '403 not_owner',
      '403 processor_refused',
      '404 group_not_found',
      '404 run_not_found',
      '404 record_not_found',
      '404 path_not_found',
      '405 method_not_allowed',
      '406 not_acceptable',
      '408 request_timeout ↻',
      '409 request_in_progress ↻',
      '409 nothing_to_do',
      '409 invalid_transition',
      '409 lease_conflict',
      '409 lease_expired',
      '409 run_terminal',
      '409 duplicate_task_key',
      '409 dependency_cycle',
      '409 max_attempts_exceeded',
      '409 context_conflict',
      '410 group_expired',
      '413 too_large',
      '415 unsupported_media_type',
      '422 idempotency_key_reused',
      '429 rate_limited ↻',
      '500 internal ↻',
      '502 upstream_failed ↻',
      '502 service_unreachable ↻',
      '503 not_ready ↻',
      '503 log_full ↻',
    ]);
  });

  it('the table of paths', () => {
    expect(routes.map(({ match, path, service }) => `${match} ${path} ${service}`)).toEqual([
      'exact / api-gateway',
      'prefix /openapi api-gateway',
      'exact /openapi.json api-gateway',
      'exact /llms.txt api-gateway',
      'exact /SPEC.md api-gateway',
      'prefix /v1beta api-gateway',
      'prefix /v1/tasks api-gateway',
      'prefix /webhook api-gateway',
      'prefix /mcp mcp-gateway',
      'prefix /oauth mcp-gateway',
      'prefix /.well-known mcp-gateway',
      'prefix /v1/orchestration orchestrator',
      'prefix /orchestration orchestrator',
      'prefix / results-gateway',
    ]);
  });

  it('limits a caller is told', () => {
    expect(limits).toMatchObject({
      bodyBytes: 33_554_432,
      inputsBytes: 268_435_456,
      rows: 100_000,
      specAndInputCharacters: 25_000,
      specCharacters: 15_000,
      ttlDays: { default: 30, min: 1, max: 90 },
      preferWaitSeconds: 50,
    });
  });
});
