/**
 * The application as an ES module. Its libraries are loaded with `import()`.
 *
 * `node src/main.ts <mode> <url> <http2-url> <file for the report> [groups]`
 */
import { runApp } from './run-app.ts';

await runApp((name) => import(name), process.argv.slice(2));
