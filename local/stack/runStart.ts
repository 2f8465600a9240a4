import { isAbsolute, join, relative, resolve } from 'node:path';
import { OFFERS } from '../simulator/extensions.ts';
import { makeAppApi } from './appApi.ts';
import type { AppApi } from './appApi.ts';
import { withLoopback } from './appSettings.ts';
import type { StartCommand } from './commandLine.ts';
import {
  describeAddresses,
  describeCommands,
  describeHealth,
  describeMovedPorts,
  describeSample,
} from './describeStack.ts';
import type { StackFacts } from './describeStack.ts';
import { formatHostLine } from './formatHostLine.ts';
import { ANY_PORTS, USUAL_PORTS } from './ports.ts';
import { sendSample } from './sampleMessage.ts';
import type { SampleResult } from './sampleMessage.ts';
import { startStack } from './startStack.ts';
import type { Stack } from './startStack.ts';

export interface RunOptions {
  readonly command: StartCommand;
  /** The project's folder. */
  readonly root: string;
  /** Its NO_PROXY is completed: nothing on this machine is behind a proxy. */
  readonly env: NodeJS.ProcessEnv;
  /** Different at every start, for the sample. */
  readonly token: string;
  /** Gets what is to be shown, in whole lines. */
  readonly write: (line: string) => void;
  /** Aborted: it stops all and returns. */
  readonly signal: AbortSignal;
}

const SAMPLE_DEADLINE_MS = 60_000;
const LAST_LINES = 20;

/** All of `npm start`; resolves with its exit code, when everything it started has ended. */
export async function runStart(options: RunOptions): Promise<number> {
  const { command, root, env, write, signal } = options;
  env['NO_PROXY'] = withLoopback(env['NO_PROXY'] ?? env['no_proxy']);
  const lastLines: string[] = [];
  const stateDir = resolve(root, command.state);
  write(`Starting Azurite, Key Vault, HVE simulator and ${hostsInWords(command.hosts)}…`);
  let stack: Stack;
  try {
    stack = await startStack({
      stateDir,
      bundle: join(root, 'dist', 'main.cjs'),
      hostJson: join(root, 'host.json'),
      env,
      hosts: command.hosts,
      auth: command.auth,
      extensions: OFFERS[command.extensions],
      fresh: command.fresh,
      ports: command.anyPorts ? ANY_PORTS : USUAL_PORTS,
      say: (line) => write(`local | ${line}`),
      onHostLine: (host, line) => {
        const shown = formatHostLine(host, command.hosts, line);
        lastLines.push(shown);
        if (lastLines.length > LAST_LINES) lastLines.shift();
        write(shown);
      },
      signal,
    });
  } catch (error) {
    if (signal.aborted) return 0;
    write(`\nIt could not be started. ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  try {
    return await runUntilStopped(stack, shortPath(root, stateDir), lastLines, options);
  } finally {
    await stack.stop();
    write(`Stopped. The state is kept in ${stateDir}.`);
  }
}

async function runUntilStopped(
  stack: Stack,
  stateDir: string,
  lastLines: readonly string[],
  { command, write, token, signal }: RunOptions,
): Promise<number> {
  const writeAll = (lines: readonly string[]): void => lines.forEach((line) => write(line));
  const facts = (): StackFacts => ({
    endpoints: stack.endpoints(),
    accounts: stack.accounts,
    domain: sampleDomain(stack.internalDomains),
    key: stack.key(),
    stateDir,
  });
  const { endpoints, domain, key } = facts();
  const api = makeAppApi(endpoints.functions, key);
  writeAll(describeAddresses(facts()));
  if (!command.anyPorts) writeAll(describeMovedPorts(endpoints));
  const broken = await brokenConfiguration(api);
  writeAll(broken);

  const { storage, inbox } = endpoints;
  const deadlineMs = broken.length > 0 ? 0 : SAMPLE_DEADLINE_MS;
  const result = await sendSample({ storage, inbox, api, domain, token, deadlineMs, signal });
  if (signal.aborted) return command.once ? 1 : 0;
  writeAll(describeSample(broken.length > 0 ? keptOnQueue() : result, inbox));
  if (!result.delivered) writeAll(await healthNow(api));
  if (command.once) {
    if (!result.delivered) writeAll(['', 'What the functions host said last', ...lastLines]);
    return result.delivered ? 0 : 1;
  }
  writeAll([...describeCommands(facts()), '', 'Ctrl-C stops all of it; the state is kept.', '']);
  await aborted(signal);
  return 0;
}

/** With a broken configuration nothing is taken from the queue: no need to wait a minute to see it. */
async function brokenConfiguration(api: AppApi): Promise<string[]> {
  try {
    const { checks } = await api.health();
    const wrong = checks.filter(({ name, status }) => name.startsWith('configuration ') && status !== 'ok');
    if (wrong.length === 0) return [];
    return [
      '',
      'The configuration is broken: nothing is sent, what is on the queue stays there',
      ...describeHealth({ status: 'failing', checks: wrong }),
    ];
  } catch {
    return [];
  }
}

function keptOnQueue(): SampleResult {
  return {
    delivered: false,
    reasons: ['It stays on the queue until the app is started with right settings.'],
  };
}

async function healthNow(api: AppApi): Promise<string[]> {
  try {
    const lines = describeHealth(await api.health());
    return lines.length === 0 ? ['', '/api/health finds nothing wrong.'] : ['', '/api/health says', ...lines];
  } catch (error) {
    return ['', `/api/health does not answer: ${String(error)}`];
  }
}

/** As the user would write it, seen from the project's folder. */
function shortPath(root: string, path: string): string {
  const inside = relative(root, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

/** A domain with an address in it, out of the accepted ones. */
function sampleDomain(internalDomains: readonly string[]): string {
  return (internalDomains[0] ?? 'contoso.com').replace(/^\*\./, 'mail.');
}

function hostsInWords(count: number): string {
  return count === 1 ? 'the functions host' : `${count} functions hosts`;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    // A pending promise alone would let the process end; the servers keep it alive.
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
