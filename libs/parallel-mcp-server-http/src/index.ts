export {
  createParallelMcpHttpServer,
  type ParallelMcpHttpHandle,
  type ParallelMcpHttpServerOptions,
} from 'parallel-mcp-server';
