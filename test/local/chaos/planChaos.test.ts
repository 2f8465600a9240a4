import { expect, test } from 'vitest';
import { planChaos } from '../../../local/chaos/planChaos.ts';
import { lossFaults, ruleFaults } from '../../../local/chaos/planFaults.ts';
import { isExternal } from '../../../local/chaos/planMessages.ts';
import { parseFaultRequest } from '../../../local/simulator/faultRequest.ts';
import { classifyReply } from '../../../shared/core/classifyReply.ts';
import { parseMessage } from '../../../shared/core/messageSchema.ts';
import { parseReply } from '../../../shared/core/parseReply.ts';
import { REPLY_RULES } from '../../../shared/core/replyRules.ts';

const organisation = {
  accounts: ['hve@contoso.com', 'payroll@contoso.com'],
  internalDomain: 'contoso.com',
} as const;

const plan = (over: { messages?: number; seed?: number } = {}) =>
  planChaos(
    {
      messages: 2000,
      hosts: 3,
      kills: 20,
      seed: 1,
      timeScale: 30,
      transport: 'plain',
      extensions: 'chunking',
      window: 2,
      state: null,
      ...over,
    },
    organisation,
  );

test('the same seed plans the same run, another seed another one', () => {
  const messages = 300;
  expect(plan({ messages })).toEqual(plan({ messages }));
  expect(plan({ messages, seed: 2 })).not.toEqual(plan({ messages }));
});

test('as many kills as were asked for, of hosts that there are, and all within the phase', () => {
  const { actions, phaseMs } = plan();
  const kills = actions.filter((action) => action.kind === 'kill');
  expect(kills).toHaveLength(20);
  expect(new Set(kills.map(({ host }) => host))).toEqual(new Set([1, 2, 3]));
  expect(actions.every(({ atMs }) => atMs >= 0 && atMs < phaseMs)).toBe(true);
  expect(actions.map(({ atMs }) => atMs)).toEqual(actions.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
});

test('every message is valid, and no address is in two of them', () => {
  const { submissions } = plan();
  for (const { body } of submissions) expect(parseMessage(body, { now: 0 })).toMatchObject({ ok: true });
  const addresses = submissions.flatMap(({ recipients }) => recipients);
  expect(new Set(addresses).size).toBe(addresses.length);
});

test('there is some of everything: queue and HTTP, with keys and without, split, external, large, later', () => {
  const { submissions } = plan();
  const count = (holds: (submission: (typeof submissions)[number]) => boolean): number =>
    submissions.filter(holds).length;
  expect(count(({ via }) => via === 'http')).toBeGreaterThan(500);
  expect(count(({ via, key }) => via === 'queue' && key === null)).toBeGreaterThan(100);
  expect(count(({ twice }) => twice)).toBeGreaterThan(20);
  expect(count(({ recipients }) => recipients.length === 120)).toBeGreaterThan(5);
  expect(count(({ recipients }) => recipients.some(isExternal))).toBeGreaterThan(50);
  expect(count(({ body }) => 'attachments' in body)).toBeGreaterThan(10);
  expect(count(({ sendInMs }) => sendInMs !== null)).toBeGreaterThan(20);
  expect(new Set(submissions.map(({ body }) => body['priority']))).toEqual(
    new Set(['critical', 'normal', 'bulk']),
  );
});

test('what is repeated has a key: nobody else may be sent twice by its producer', () => {
  expect(plan().submissions.filter(({ twice, key }) => twice && key === null)).toEqual([]);
});

test('every row of the reply table that the simulator can say is planned, as the row would match it', () => {
  const faults = ruleFaults().map(({ fault }) => fault);
  for (const fault of faults) expect(parseFaultRequest(JSON.stringify(fault))).toEqual({ fault });
  const verdicts = faults.map((fault) => classifyReply(parseReply(fault.reply), fault.stage));
  expect(verdicts.filter(({ known }) => !known)).toEqual([]);
  const causes = new Set(verdicts.map(({ cause }) => cause));
  const missing = REPLY_RULES.filter(({ cause }) => !causes.has(cause));
  expect(missing.map(({ text }) => text)).toEqual(['Invalid domain name']);
});

test('connections are lost, and answers never come, at every stage', () => {
  const kinds = new Set(lossFaults(4).map(({ fault }) => `${fault.stage} ${fault.reply}`));
  expect(kinds.size).toBe(12);
  expect(lossFaults(4).filter(({ fault }) => fault.stage === 'end-of-data')).toHaveLength(8);
});

test('what stops an account or the tenant is never among what is set at its time: it comes one at a time', () => {
  const { faults, stops } = plan();
  const timed = faults.map(({ fault }) => fault);
  const scopes = timed.map((fault) => {
    const isLoss = fault.reply === 'drop' || fault.reply === 'stall';
    return isLoss ? 'session' : classifyReply(parseReply(fault.reply), fault.stage).scope;
  });
  expect(new Set(scopes)).toEqual(new Set(['recipient', 'message', 'session']));
  expect(timed.filter(({ stage }) => stage === 'connect' || stage === 'auth')).toEqual([]);
  expect(stops.length).toBeGreaterThan(40);
});

test('a short run still leaves outcomes unknown', () => {
  const { faults } = plan({ messages: 150 });
  const atEnd = faults.filter(({ fault }) => fault.stage === 'end-of-data').map(({ fault }) => fault.reply);
  expect(atEnd).toEqual(expect.arrayContaining(['drop', 'stall']));
});
