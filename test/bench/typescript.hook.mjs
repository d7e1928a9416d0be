// Node runs the TypeScript beside this file as it is, once imports without an extension are found.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';

const here = new URL('.', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const file = specifier.startsWith('.')
      ? new URL(`${specifier.replace(/\.ts$/, '')}.ts`, context.parentURL)
      : undefined;
    if (!file?.href.startsWith(here) || !existsSync(file)) return next(specifier, context);
    return { url: file.href, format: 'module-typescript', shortCircuit: true };
  },
  load(url, context, next) {
    return next(
      url,
      url.startsWith(here) && url.endsWith('.ts') ? { ...context, format: 'module-typescript' } : context,
    );
  },
});
