import type { Option } from './command.ts';

/** Every command takes these. */
export const GLOBAL_OPTIONS = {
  url: {
    value: 'URL',
    help: 'the app, with or without /api (HVE_URL; else .local/endpoints.json, here or above)',
  },
  key: {
    value: 'KEY',
    help: 'a function key or host key (HVE_KEY: better, since other users can see command lines)',
  },
  token: { value: 'TOKEN', help: 'an Entra access token (HVE_TOKEN)' },
  entra: { value: 'URI', help: 'has az fetch a token for this application ID URI (HVE_ENTRA)' },
  insecure: { help: 'allows http to another machine: key, token and mail go in clear text' },
  json: { help: "prints the API's JSON; a list as one array" },
  help: { help: 'shows the help of a command' },
} as const satisfies Readonly<Record<string, Option>>;

export const JSON_LINES = { help: 'prints a list as JSON, one item a line' } as const satisfies Option;
