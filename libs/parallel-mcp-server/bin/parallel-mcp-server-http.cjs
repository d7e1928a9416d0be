#!/usr/bin/env node
require('./start.cjs')('../dist/http.main.js');
