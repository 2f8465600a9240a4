/** The clients of docs/send-mail.md that can run here, by the names of the page's table. */
import { findTool } from '../tools.ts';
import { hasPrograms } from './runProgram.ts';
import type { Way } from './stage.ts';
import { AZ_ACCOUNTS } from './standIns.ts';
import { withAuthorization } from './snippets.ts';
import type { Page } from './snippets.ts';

export interface Program {
  readonly way: Way;
  readonly file: string;
  readonly code: string;
  readonly command: readonly [string, ...string[]];
  /** Files beside it. */
  readonly beside?: Readonly<Record<string, string>>;
  /** What the page's table says behind "run": what stood in for what. */
  readonly note?: string;
  /** It takes the connection string of the local storage, too. */
  readonly takesConnectionString?: boolean;
}

export interface Client {
  readonly name: string;
  /** Whether this machine has what it needs. */
  readonly isHere: () => boolean;
  readonly programs: (page: Page) => readonly Program[];
}

const HTTP_KEY = 'HTTP with a key';
const HTTP_TOKEN = 'HTTP with a token';

export const CLIENTS: readonly Client[] = [
  {
    name: 'curl',
    isHere: () => hasPrograms('sh', 'curl', 'base64'),
    programs: (page) => {
      const send = page.code('send.sh');
      const withToken = withAuthorization(send, page.code('authorize.sh'));
      const run = (file: string): Program['command'] => ['sh', file];
      const note = '`az` stood in for';
      return [
        { way: HTTP_KEY, file: 'send.sh', code: send, command: run('send.sh') },
        { way: HTTP_TOKEN, file: 'send.sh', code: withToken, command: run('send.sh'), note },
        { way: 'queue', file: 'queue.sh', code: page.code('queue.sh'), command: run('queue.sh'), note },
      ];
    },
  },
  {
    name: 'PowerShell 7',
    isHere: () => findTool('pwsh') !== null || hasPrograms('pwsh'),
    programs: (page) => {
      const send = page.code('send.ps1');
      const withToken = withAuthorization(send, page.code('authorize.ps1'));
      const run = (file: string, before = ''): Program['command'] => [
        findTool('pwsh') ?? 'pwsh',
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        `${before}. ./${file}`,
      ];
      const beside = { 'az.ps1': AZ_ACCOUNTS };
      const stoodIn = { beside, note: 'Az.Accounts stood in for' };
      const command = (file: string): Program['command'] => run(file, '. ./az.ps1; ');
      return [
        { way: HTTP_KEY, file: 'send.ps1', code: send, command: run('send.ps1') },
        { way: HTTP_TOKEN, file: 'send.ps1', code: withToken, command: command('send.ps1'), ...stoodIn },
        {
          way: 'queue',
          file: 'queue.ps1',
          code: page.code('queue.ps1'),
          command: command('queue.ps1'),
          ...stoodIn,
        },
      ];
    },
  },
  {
    name: 'Python',
    isHere: () => hasPrograms('python3'),
    programs: (page) => [
      { way: HTTP_KEY, file: 'send.py', code: page.code('send.py'), command: ['python3', 'send.py'] },
    ],
  },
  {
    name: 'C#',
    isHere: () => hasPrograms('dotnet'),
    programs: (page) => {
      const send = page.code('send.cs');
      const withToken = withAuthorization(send, page.code('authorize.cs'));
      const run = (file: string): Program['command'] => ['dotnet', 'run', file];
      return [
        { way: HTTP_KEY, file: 'send.cs', code: send, command: run('send.cs') },
        { way: HTTP_TOKEN, file: 'send.cs', code: withToken, command: run('send.cs') },
        {
          way: 'queue',
          file: 'queue.cs',
          code: page.code('queue.cs'),
          command: run('queue.cs'),
          takesConnectionString: true,
        },
      ];
    },
  },
  {
    name: 'Java',
    isHere: () => hasPrograms('java', 'javac'),
    programs: (page) => [
      { way: HTTP_KEY, file: 'Send.java', code: page.code('Send.java'), command: ['java', 'Send.java'] },
    ],
  },
  {
    name: 'Node',
    isHere: () => true,
    programs: (page) => {
      const send = page.code('send.mjs');
      const withToken = withAuthorization(send, page.code('authorize.mjs'));
      const run = (file: string): Program['command'] => [process.execPath, file];
      return [
        { way: HTTP_KEY, file: 'send.mjs', code: send, command: run('send.mjs') },
        { way: HTTP_TOKEN, file: 'send.mjs', code: withToken, command: run('send.mjs') },
        {
          way: 'queue',
          file: 'queue.mjs',
          code: page.code('queue.mjs'),
          command: run('queue.mjs'),
          takesConnectionString: true,
        },
      ];
    },
  },
];
