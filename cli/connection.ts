/** Which app is talked to, and as whom. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { wrongUsage, CliError } from './cliError.ts';
import type { Given } from './commandLine.ts';
import { EXIT } from './exitCodes.ts';
import type { World } from './world.ts';

export interface Connection {
  /** Base URL without `/api` and without a slash at its end. */
  readonly url: string;
  /** Where that was said, in words. */
  readonly from: string;
  /** Never printed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly proof: 'key' | 'token' | 'none';
}

const ENDPOINTS = join('.local', 'endpoints.json');
const KEYS = join('.local', 'keys.json');
/** `api://…` or `https://…`, or a client id: nothing that a shell would take for more than a word. */
const APPLICATION_ID = /^[A-Za-z0-9:/._-]+$/;

/**
 * Throws wrong usage where nothing says which app, or what is said cannot be one. Keys and tokens of the environment go only to an app
 * that is named by option or environment: a file that lies somewhere above must not get those of another app.
 */
export async function findConnection(given: Given, world: World): Promise<Connection> {
  const said = given.text('url') ?? nonEmpty(world.env['HVE_URL']);
  const local = said === null ? await findLocal(world.cwd) : null;
  if (said === null && local === null) {
    throw wrongUsage(
      'Which app? Give --url or set HVE_URL (https://NAME.azurewebsites.net),',
      'or start the local one with npm start and call hve from its folder.',
    );
  }
  const setting = (option: string, variable: string): string | null =>
    given.text(option) ?? (local === null ? nonEmpty(world.env[variable]) : null);
  const url = local === null ? baseOf(said ?? '', given.flag('insecure')) : localBaseOf(local);
  const key = setting('key', 'HVE_KEY') ?? local?.key ?? null;
  const token = await findToken(setting('token', 'HVE_TOKEN'), setting('entra', 'HVE_ENTRA'), world);
  const headers = {
    ...(key === null ? {} : { 'x-functions-key': headerValue(key, '--key') }),
    ...(token === null ? {} : { authorization: `Bearer ${headerValue(token, '--token')}` }),
  };
  const from = local?.file ?? (given.text('url') === null ? 'HVE_URL' : '--url');
  return { url, from, headers, proof: token !== null ? 'token' : key !== null ? 'key' : 'none' };
}

function localBaseOf({ url, file }: { readonly url: string; readonly file: string }): string {
  if (!isLoopback(new URL(url).hostname)) {
    throw wrongUsage(
      `${file} names ${url}, which is not on this machine. Name another app with --url or HVE_URL.`,
    );
  }
  return baseOf(url, false);
}

const endpointsSchema = z.object({ functions: z.url() });
const keysSchema = z.object({ host: z.object({ default: z.string() }) });

/** The nearest `.local/endpoints.json`, here or above; a stack that was started with `--auth` has its host key beside it. */
async function findLocal(
  cwd: string,
): Promise<{ readonly url: string; readonly file: string; readonly key: string | null } | null> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, ENDPOINTS);
    const endpoints = await readJson(file);
    if (endpoints !== null) {
      const parsed = endpointsSchema.safeParse(endpoints);
      if (!parsed.success) throw wrongUsage(`${file} does not say where the functions are.`);
      const keys = keysSchema.safeParse(await readJson(join(folder, KEYS)));
      return { url: parsed.data.functions, file, key: keys.success ? keys.data.host.default : null };
    }
    if (dirname(folder) === folder) return null;
  }
}

/** Null: there is no such file, or nothing to be read in it. */
async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as unknown;
  } catch {
    return null;
  }
}

function baseOf(said: string, insecure: boolean): string {
  let url: URL;
  try {
    url = new URL(said);
  } catch {
    throw wrongUsage(`"${said}" is no URL. Expected one like https://NAME.azurewebsites.net.`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw wrongUsage(`${said}: expected https (http to this machine).`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    // Not repeated: there may be a key in it.
    throw wrongUsage('The URL must be a plain one. A key goes into HVE_KEY, not into the URL.');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !insecure) {
    throw wrongUsage(
      `${url.origin} is not encrypted: key, token and mail would go in clear text.`,
      'Use https; or --insecure if the network between is yours alone.',
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/api$/, '');
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

async function findToken(
  token: string | null,
  application: string | null,
  world: World,
): Promise<string | null> {
  if (token !== null || application === null) return token;
  if (!APPLICATION_ID.test(application)) {
    throw wrongUsage(
      `"${application}" is no application ID URI. Expected one like api://00000000-0000-0000-0000-000000000000.`,
    );
  }
  const args = [
    'account',
    'get-access-token',
    '--resource',
    application,
    '--query',
    'accessToken',
    '-o',
    'tsv',
  ];
  try {
    return (await world.run('az', args)).trim();
  } catch (error) {
    throw new CliError(EXIT.unreachable, [
      `az gave no token for ${application}: ${error instanceof Error ? error.message : String(error)}`,
      `Try it by itself: az ${args.join(' ')}`,
    ]);
  }
}

/** A line end pasted along with a key is no part of it; anything else that no header takes is refused without repeating it. */
function headerValue(secret: string, option: string): string {
  const value = secret.trim();
  if (!/^[\x21-\x7e]+$/.test(value))
    throw wrongUsage(`What ${option} gives is no key or token: it has blanks or characters that none has.`);
  return value;
}

function nonEmpty(value: string | undefined): string | null {
  return value === undefined || value.trim() === '' ? null : value;
}
