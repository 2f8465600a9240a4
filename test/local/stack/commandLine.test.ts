import { expect, test } from 'vitest';
import { parseCommandLine, USAGE } from '../../../local/stack/commandLine.ts';

const DEFAULTS = {
  kind: 'start',
  once: false,
  hosts: 1,
  fresh: false,
  auth: false,
  state: '.local',
  anyPorts: false,
  extensions: 'chunking',
};

test('without arguments it starts one host on the usual ports and stays up', () => {
  expect(parseCommandLine([])).toEqual(DEFAULTS);
});

test('every option is understood', () => {
  const args = [
    '--once',
    '--hosts',
    '3',
    '--fresh',
    '--auth',
    '--state',
    'other',
    '--any-ports',
    '--extensions',
    'none',
  ];
  expect(parseCommandLine(args)).toEqual({
    kind: 'start',
    once: true,
    hosts: 3,
    fresh: true,
    auth: true,
    state: 'other',
    anyPorts: true,
    extensions: 'none',
  });
  expect(parseCommandLine(['--hosts=2'])).toEqual({ ...DEFAULTS, hosts: 2 });
});

test.each([['--help'], ['-h']])('%s asks for the usage', (arg) => {
  expect(parseCommandLine([arg])).toEqual({ kind: 'help' });
});

test.each([
  [['--onse'], "'--onse'"],
  [['sample'], "'sample'"],
  [['--hosts'], '--hosts'],
  [['--hosts', '0'], '"0"'],
  [['--hosts', '17'], '"17"'],
  [['--hosts', 'three'], '"three"'],
  [['--extensions', 'bdat'], '"bdat"'],
  [['--state', ' '], '--state takes a folder'],
])('%s is refused, with what is wrong', (args, said) => {
  const command = parseCommandLine(args);
  expect(command.kind).toBe('wrong');
  expect(command).toMatchObject({ problem: expect.stringContaining(said) });
});

test('the usage names every option that there is', () => {
  for (const option of Object.keys({
    once: 1,
    hosts: 1,
    fresh: 1,
    auth: 1,
    state: 1,
    'any-ports': 1,
    extensions: 1,
  })) {
    expect(USAGE).toContain(`--${option}`);
  }
});
