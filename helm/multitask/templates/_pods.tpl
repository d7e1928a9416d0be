{{- /* What the restricted Pod Security Standard asks of a pod and of a container, and a little more. */}}
{{- define "multitask.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .user }}
runAsGroup: {{ .user }}
fsGroup: {{ .user }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "multitask.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* What every pod has. Takes root and user. */}}
{{- define "multitask.podBasics" -}}
serviceAccountName: {{ include "multitask.serviceAccount" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  {{- include "multitask.podSecurity" . | nindent 2 }}
{{- end }}

{{- /* Where pods of a part may go. Takes root, part and settings. */}}
{{- define "multitask.placement" -}}
{{- with .settings.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- $tolerations := .settings.tolerations | default list }}
{{- with .settings.nodeFailureSeconds }}
{{- range list "not-ready" "unreachable" }}
{{- $tolerations = append $tolerations (dict "key" (printf "node.kubernetes.io/%s" .) "operator" "Exists" "effect" "NoExecute" "tolerationSeconds" (int $.settings.nodeFailureSeconds)) }}
{{- end }}
{{- end }}
{{- with $tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .settings.spread }}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: {{ if eq . "kubernetes.io/hostname" }}{{ $.settings.spread.whenUnsatisfiable }}{{ else }}ScheduleAnyway{{ end }}
    nodeTaintsPolicy: Honor
    labelSelector:
      matchLabels:
        {{- include "multitask.selector" $ | nindent 8 }}
    {{- if $.versioned }}
    matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}

{{- /* The init container that migrates; one at a time by a lock in the database, and nothing to do when it is up to date. */}}
{{- define "multitask.migrateContainer" -}}
name: migrate
image: {{ include "multitask.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [migrate]
env:
  - name: DATABASE_URL
    valueFrom: { secretKeyRef: { name: {{ .databaseSecret | default (include "multitask.secret" .) }}, key: database-url } }
  - name: MIGRATE_WAIT_SECONDS
    value: {{ .Values.migrations.timeoutSeconds | toString | quote }}
securityContext:
  {{- include "multitask.containerSecurity" . | nindent 2 }}
resources:
  {{- toYaml .Values.migrations.resources | nindent 2 }}
{{- end }}

{{- /* Started, ready for work, beyond repair: three questions, three answers. A health check of ours takes up to 2 s. */}}
{{- define "multitask.probes" -}}
startupProbe:
  httpGet: { path: /startupz, port: ops }
  periodSeconds: 2
  timeoutSeconds: 3
  # NATS and Postgres may come up after us.
  failureThreshold: 150
readinessProbe:
  httpGet: { path: /readyz, port: ops }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
livenessProbe:
  httpGet: { path: /livez, port: ops }
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 3
{{- end }}
