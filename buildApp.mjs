/**
 * `npm run build:app`: the app's bundle, CommonJS, since the Functions runtime supplies one module by `require`. `dist/main.cjs` registers the
 * functions and is small; what that does not need lies in `dist/chunks`, each loaded when it is first imported. One large file
 * would have to be read and looked through as a whole at every cold start.
 */
import { rmSync } from 'node:fs';
import { build } from 'rolldown';

// What an earlier build left there would be published with the rest.
rmSync('dist/chunks', { recursive: true, force: true });

/** `azure-identity` for a file of @azure/identity, since the SDKs all call their entry alike; null: it is in no package. */
function packageOf(file) {
  const name = /.*node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/.exec(file ?? '')?.[1];
  return name?.replace(/^@/, '').replaceAll(/[/\\]/g, '-') ?? null;
}

await build({
  input: { main: 'functions/index.ts' },
  platform: 'node',
  // Only the Functions runtime has it.
  external: ['@azure/functions-core'],
  // Nothing here sends a form. The SDKs ask whether there is a FormData, by which Node loads all of its fetch.
  transform: { target: 'node24', define: { FormData: 'undefined' } },
  // Such as a module that one place imports late and another at once: it would load at once.
  onwarn(warning) {
    throw new Error(warning.message);
  },
  output: {
    dir: 'dist',
    format: 'cjs',
    entryFileNames: '[name].cjs',
    // With a hash: a process that was started before a build finds a file missing, never another one's inside.
    chunkFileNames: ({ facadeModuleId }) => `chunks/${packageOf(facadeModuleId) ?? '[name]'}-[hash].cjs`,
    minify: true,
    // The names of errors' classes stand in logs.
    keepNames: true,
    comments: { legal: false },
    sourcemap: true,
  },
});
