{{- /*
What each service needs, for its environment and its NetworkPolicy. A new service joins by one entry here and one in
`services` of the values.
  public     serves HTTP to users on port 8080
  vault      opens sealed secrets
  upstream   calls the upstream
  outside    calls addresses outside of the cluster
*/}}
{{- define "multitask.services" -}}
api-gateway: { public: true, vault: true, upstream: true, outside: true }
stream-ingestor: { vault: true, upstream: true, outside: true }
projector: {}
results-gateway: { public: true }
orchestrator: { public: true }
notifier: { vault: true, outside: true }
{{- end }}

{{- /* The settings of one service: its entry over the defaults. Takes root and part. */}}
{{- define "multitask.settings" -}}
{{- toYaml (mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy (index .root.Values.services .part | default dict))) -}}
{{- end }}

{{- /* Environment that a person may set; the schema keeps out what the chart sets itself. Takes env. */}}
{{- define "multitask.userEnvironment" -}}
{{- range $name, $value := .env }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{- /* The environment of one service. Takes root, part, facts and settings. */}}
{{- define "multitask.environment" -}}
{{- $values := .root.Values -}}
{{- $emulator := $values.emulator.enabled -}}
- name: SERVICE_INSTANCE
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: DRAIN_MS
  value: {{ mul .settings.drainSeconds 1000 | toString | quote }}
- name: NATS_URL
  value: {{ include "multitask.natsUrl" .root | quote }}
- name: NATS_REPLICAS
  value: {{ $values.nats.replicas | toString | quote }}
- name: LOG_MAX_BYTES
  value: {{ $values.nats.logMaxBytes | int64 | toString | quote }}
- name: DATABASE_POOL
  value: {{ $values.postgres.poolSize | toString | quote }}
- name: DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ include "multitask.secret" .root }}, key: database-url } }
{{- if .facts.vault }}
- name: VAULT_MASTER_KEY
  valueFrom: { secretKeyRef: { name: {{ include "multitask.secret" .root }}, key: vault-master-key } }
{{- end }}
{{- if .facts.public }}
- name: OPERATOR_TOKEN
  valueFrom: { secretKeyRef: { name: {{ include "multitask.secret" .root }}, key: operator-token } }
- name: TRUSTED_PROXIES
  value: {{ join "," $values.trustedProxies | quote }}
{{- with $values.publicUrl }}
- name: PUBLIC_URL
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- if .facts.upstream }}
- name: UPSTREAM_KIND
  value: {{ if $emulator }}emulator{{ else if eq $values.upstream.baseUrl "https://api.parallel.ai" }}parallel{{ else }}custom{{ end }}
- name: PARALLEL_BASE_URL
  value: {{ ternary (printf "http://%s-parallel-emulator" (include "multitask.fullname" .root)) $values.upstream.baseUrl $emulator | quote }}
{{- if and $emulator (not (hasKey .settings.env "PACE_RUNS_PER_MINUTE")) }}
# The emulator has no quota of its own.
- name: PACE_RUNS_PER_MINUTE
  value: '60000'
{{- end }}
{{- end }}
{{- if eq .part "api-gateway" }}
{{- with $values.upstream.webhookSecret }}
- name: PARALLEL_WEBHOOK_SECRET
  valueFrom: { secretKeyRef: { name: {{ . }}, key: parallel-webhook-secret } }
{{- end }}
{{- end }}
{{- if .facts.outside }}
{{- with $values.outboundAllow }}
- name: OUTBOUND_ALLOW
  value: {{ join "," . | quote }}
{{- end }}
{{- end }}
{{- include "multitask.userEnvironment" (dict "env" .settings.env) }}
{{- range .settings.extraEnv }}
{{- if eq .name "MULTITASK_TEST_CLOCK" }}
{{- fail "extraEnv: MULTITASK_TEST_CLOCK moves the clock of the business; it is for tests alone." }}
{{- end }}
- {{ toYaml . | nindent 2 | trim }}
{{- end }}
{{- end }}
