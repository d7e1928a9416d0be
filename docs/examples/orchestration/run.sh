#!/bin/sh
api=$MULTITASK_URL/v1/orchestration
auth="Authorization: Bearer $ORCHESTRATION_TOKEN"

run=$(curl -sf -X POST "$api/create_run" -H "$auth" -H 'Idempotency-Key: capitals-1' -d '{"context":{"topic":"capitals"}}' |
  sed 's/.*"run":{"id":"\([^"]*\)".*/\1/')

curl -sf -X POST "$api/enqueue_tasks" -H "$auth" -d '{
  "runId": "'"$run"'",
  "idempotencyKey": "first tasks",
  "tasks": [
    { "kind": "fetch", "key": "france", "input": "France", "retry": { "delayMs": 1000, "backoff": "exponential" } },
    { "kind": "fetch", "key": "japan", "input": "Japan" },
    { "kind": "report", "dependsOnKeys": ["france", "japan"] }
  ]
}' >/dev/null
curl -sf -X POST "$api/seal_run" -H "$auth" -d '{"runId":"'"$run"'"}' >/dev/null
echo "$run"
