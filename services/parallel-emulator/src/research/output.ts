/** What a completed run answers. */
export type Output = JsonOutput | TextOutput;

export interface JsonOutput {
  readonly type: 'json';
  readonly content: unknown;
  readonly basis: readonly FieldBasis[];
  readonly output_schema?: object;
  readonly mcp_tool_calls?: readonly McpToolCall[];
}

export interface TextOutput {
  readonly type: 'text';
  readonly content: string;
  readonly basis: readonly FieldBasis[];
  readonly mcp_tool_calls?: readonly McpToolCall[];
}

export interface FieldBasis {
  readonly field: string;
  readonly reasoning: string;
  readonly citations: readonly Citation[];
  readonly confidence: 'low' | 'medium' | 'high' | null;
}

export interface Citation {
  readonly url: string;
  readonly title: string | null;
  readonly excerpts: readonly string[] | null;
}

export interface McpToolCall {
  readonly tool_call_id: string;
  readonly server_name: string;
  readonly tool_name: string;
  readonly arguments: string;
  readonly content: string | null;
  readonly error: string | null;
}
