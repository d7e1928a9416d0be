export { annotationsOf, type Effect, type Tool, type ToolAnnotations } from './tool';
export { ToolRegistry, type AdvertisedTool, type RegistryOptions, type ToolResult } from './tool.registry';
export { asNamedError, NamedError } from './named.error';
export { checkArguments } from './arguments';
export { toolsPage } from './tools.page';
export { mcpServer, type McpServerOptions } from './mcp.server';
