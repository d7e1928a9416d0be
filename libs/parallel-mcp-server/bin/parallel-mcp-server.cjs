#!/usr/bin/env node
require('./start.cjs')('../dist/stdio.main.js');
