import { toolsPage } from '@multitask/mcp-kit';
import { orchestrationErrorNames, orchestrationEventTypes } from '@multitask/orchestration';
import { orchestrationTools } from './orchestration.tools';

const codes = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');

const head = `
# Orchestration tools

Runs, tasks, leases and context, as MCP tools (\`parallel-mcp-server\`). This page is written from the schemas that calls are
checked with; a test compares them.

A result is structured content, and the same as text. A refusal has \`isError\`, a text that begins with the error's name, and
\`_meta.error\` with \`code\`, that name, and \`field\`, the argument at fault. Arguments that do not exist are refused; times are
ISO 8601 or milliseconds since 1970, and come back as ISO 8601.

Errors: ${codes(orchestrationErrorNames)}; and \`InternalError\` when something failed that is not the caller's to know.

Events: ${codes(orchestrationEventTypes)}.
`;

/** `docs/orchestration-tools.md` */
export const referencePage = (): string => toolsPage(orchestrationTools(undefined as never) as never, head);
