#!/usr/bin/env node
require('parallel-mcp-server/bin/parallel-mcp-server-http.cjs');
