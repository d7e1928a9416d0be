// The configuration of the nginx that gives all services one origin.

/**
 * Where an environment differs. `compose`: Docker's DNS names every replica of a service, asked anew every 2 s. `chart`: a Service's
 * address never changes and each connection to it meets another pod; naming it four times lets a connection that nobody answers
 * be tried again, on a fourth pod at last.
 */
const environments = {
  compose: {
    preface: 'resolver 127.0.0.11 valid=2s ipv6=off;',
    trusted: '',
    upstream: () => '',
    pass: (service) => `set $service ${service}; proxy_pass http://$service:8080;`,
  },
  chart: {
    preface: '',
    trusted: '\n    {{- range .Values.frontDoor.trustedProxies }}\n    {{ . }} 1;\n    {{- end }}',
    upstream: (service) =>
      [
        `  upstream ${service} {`,
        '    {{- range until 4 }}',
        `    server {{ include "multitask.fullname" $ }}-${service}:80 max_fails=0;`,
        '    {{- end }}',
        '  }\n',
      ].join('\n'),
    pass: (service) => `proxy_pass http://${service};`,
  },
};

/**
 * `routes` as in libs/contracts; a route to a service that is not among `built` answers that there is none. `problems` are the
 * bodies of the two answers that are nginx's own.
 */
export function nginxConfiguration({ routes, built, problems }, environment) {
  const { preface, trusted, upstream, pass } = environments[environment];
  const services = [...new Set(routes.map(({ service }) => service))].filter((service) => built.includes(service));
  const target = (service) => (built.includes(service) ? pass(service) : 'return 404;');
  // A prefix matches whole segments: /openapi and /openapi/…, not /openapi-next.
  const matchers = ({ match, path }) =>
    match === 'exact' ? [`= ${path}`] : path === '/' ? ['/'] : [`= ${path}`, `^~ ${path}/`];
  const locations = routes
    .flatMap((route) => matchers(route).map((matcher) => `    location ${matcher} { ${target(route.service)} }`))
    .join('\n');
  return `# Written by deploy/front-door/write.mjs from libs/contracts/src/routes.ts.
worker_processes auto;
pid /tmp/nginx.pid;
# Lesser ones hold the address of the request.
error_log /dev/stderr crit;
# Streams never end on their own: after a stop they get this long, and their readers resume elsewhere.
worker_shutdown_timeout 5s;
events { worker_connections 16384; }
http {
  server_tokens off;
  # The address of a group is what lets one read it: addresses are not written down.
  access_log off;
  client_body_temp_path /tmp/client; proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi; uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  ${preface}
  # Whose word about the client counts; anybody else could write what they like into these headers.
  geo $trusted {
    default 0;${trusted}
  }
  map "$trusted:$http_x_forwarded_proto" $seen_proto { default $scheme; "~^1:(?<given>https?)$" $given; }
  map "$trusted:$http_x_forwarded_host" $seen_host { default $http_host; "~^1:(?<given>[][A-Za-z0-9.:-]+)$" $given; }
  map $trusted $seen_for { default $remote_addr; 1 $proxy_add_x_forwarded_for; }
${services.map(upstream).join('')}  server {
    listen 8080;
    # Bodies and answers pass as they come: limits and their sentences are the services' own.
    client_max_body_size 0;
    large_client_header_buffers 4 32k;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_http_version 1.1;
    # No connection is kept: one that a stopping service closes just then would cost a request that cannot be sent twice.
    proxy_set_header Connection close;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $seen_for;
    proxy_set_header X-Forwarded-Proto $seen_proto;
    proxy_set_header X-Forwarded-Host $seen_host;
    proxy_set_header Forwarded "";
    # A stream has a heartbeat every 15 s, and the longest wait for an answer is 50 s.
    proxy_connect_timeout 1s; proxy_read_timeout 120s; proxy_send_timeout 120s;
    # nginx never sends a request that changes something twice; one that nobody has seen yet goes to another replica.
    proxy_next_upstream error timeout; proxy_next_upstream_tries 4; proxy_next_upstream_timeout 10s;
    error_page 502 504 = @away;
    error_page 404 = @nothing;
${locations}
    location @away {
      internal;
      default_type application/problem+json;
      add_header Retry-After 2 always; add_header Cache-Control no-store always; add_header Access-Control-Allow-Origin * always;
      return ${problems.away.status} '${JSON.stringify(problems.away)}';
    }
    location @nothing {
      internal;
      default_type application/problem+json;
      add_header Cache-Control no-store always; add_header Access-Control-Allow-Origin * always;
      return ${problems.nothing.status} '${JSON.stringify(problems.nothing)}';
    }
  }
  server {
    listen 8081;
    access_log off;
    location = /healthz { return 204; }
  }
}
`;
}
