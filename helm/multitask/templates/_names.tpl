{{- define "multitask.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- /* What tells pods apart and never changes: selectors are made of it. Takes (dict "root" $ "part" name). */}}
{{- define "multitask.selector" -}}
app.kubernetes.io/name: multitask
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "multitask.labels" -}}
{{ include "multitask.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The metadata of an object. Takes root, part, and optionally name and annotations. */}}
{{- define "multitask.metadata" -}}
name: {{ .name | default (printf "%s-%s" (include "multitask.fullname" .root) .part) }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "multitask.labels" . | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "multitask.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "multitask.secret" -}}
{{ .Values.secrets.existing | default (include "multitask.fullname" .) }}
{{- end }}

{{- define "multitask.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (ternary (include "multitask.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "multitask.natsUrl" -}}
{{- if .Values.nats.builtIn -}}
{{- $name := include "multitask.fullname" . -}}
{{- range $i := until (int .Values.nats.replicas) }}{{ if $i }},{{ end }}nats://{{ $name }}-nats-{{ $i }}.{{ $name }}-nats-servers:4222{{ end -}}
{{- else -}}
{{- required "nats.url: where is your NATS? nats.builtIn is false." .Values.nats.url -}}
{{- end -}}
{{- end }}
