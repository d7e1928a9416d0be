{{- /* The head of a policy for the pods of one part: what it does not list is refused, in both directions. */}}
{{- define "multitask.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "multitask.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "multitask.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
{{- end }}

{{- /* Pods of these parts of this release. Takes root and parts. */}}
{{- define "multitask.peer" -}}
- podSelector:
    matchLabels:
      app.kubernetes.io/name: multitask
      app.kubernetes.io/instance: {{ .root.Release.Name }}
    matchExpressions:
      - { key: app.kubernetes.io/component, operator: In, values: [{{ join ", " .parts }}] }
{{- end }}

{{- define "multitask.egressToNames" -}}
- {{ with .Values.networkPolicy.dnsTo }}to:
    {{- toYaml . | nindent 4 }}
  {{ end }}ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }]
{{- end }}

{{- define "multitask.egressToPostgres" -}}
{{ include "multitask.egressToNames" . }}
{{- if .Values.postgres.builtIn }}
- to:
    {{- include "multitask.peer" (dict "root" . "parts" (list "postgres")) | nindent 4 }}
  ports: [{ port: 5432 }]
{{- else }}
- {{ with .Values.networkPolicy.postgresTo }}to:
    {{- toYaml . | nindent 4 }}
  {{ end }}ports: [{ port: {{ .Values.postgres.port }} }]
{{- end }}
{{- end }}

{{- define "multitask.egressToStores" -}}
{{ include "multitask.egressToPostgres" . }}
{{- if .Values.nats.builtIn }}
- to:
    {{- include "multitask.peer" (dict "root" . "parts" (list "nats")) | nindent 4 }}
  ports: [{ port: 4222 }]
{{- else }}
- {{ with .Values.networkPolicy.natsTo }}to:
    {{- toYaml . | nindent 4 }}
  {{ end }}ports: [{ port: 4222 }]
{{- end }}
{{- end }}
