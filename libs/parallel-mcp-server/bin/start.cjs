// Understood by every Node there is: an old one gets a sentence, not a syntax error from somewhere within.
'use strict';

const needed = [22, 13];

module.exports = function start(main) {
  const version = process.versions.node.split('.').map(Number);
  if (version[0] < needed[0] || (version[0] === needed[0] && version[1] < needed[1])) {
    process.stderr.write(
      'parallel-mcp-server needs Node ' + needed.join('.') + ' or newer; this is ' + process.versions.node + '.\n',
    );
    process.exit(1);
  }
  // Node calls its SQLite experimental; clients show what is on stderr as an error.
  process.removeAllListeners('warning');
  process.on('warning', function (warning) {
    if (warning.name !== 'ExperimentalWarning') process.stderr.write(warning.name + ': ' + warning.message + '\n');
  });
  require(main)
    .main()
    .catch(function (error) {
      process.stderr.write('parallel-mcp-server: ' + error.message + '\n');
      process.exit(1);
    });
};
