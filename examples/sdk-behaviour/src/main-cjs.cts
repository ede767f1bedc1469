/** The application as CommonJS. Its libraries, and the tap, are loaded with `require()`. */
const { runApp } = require('./run-app.ts') as typeof import(
  './run-app.ts',
  { with: { 'resolution-mode': 'import' } }
);

void runApp((name) => require(name), process.argv.slice(2));
