/** What people do meanwhile: cancel, release, redrive, pause, resume, lay down rules. Nobody repeats what failed. */
import type { Mailer } from '../../shared/flows/mailer.ts';
import { spawn, useMailer } from './instance.ts';
import { ACCOUNTS, APPS } from './profile.ts';
import type { Action } from './producers.ts';
import type { Instance, World } from './world.ts';

const DEEDS = ['cancel', 'release', 'redrive', 'pause', 'resume'] as const;

export function drawDeeds(world: World): Action[] {
  const { random, profile } = world;
  const rules = Array.from({ length: profile.ruleChanges }, () => ruleChange(world));
  if (!random.chance(profile.operators)) return rules;
  const deeds = Array.from({ length: random.between(1, 4) }, () => deed(world, random.pick(DEEDS)));
  return [...rules, ...deeds];
}

/** An app's limit is raised, lowered, or taken away. */
function ruleChange(world: World): Action {
  const { random } = world;
  const name = random.pick(APPS);
  const quotaPerDay = random.chance(0.8) ? random.between(2, 15) : null;
  return {
    label: `rules of ${name}`,
    run: (instance) =>
      request(world, instance, `${name} may send ${quotaPerDay ?? 'without limit'}`, ({ appBook }) =>
        appBook.write({ name, accounts: null, quotaPerDay, highestPriority: null }),
      ),
  };
}

function deed(world: World, what: (typeof DEEDS)[number]): Action {
  const { random, messages } = world;
  return {
    label: what,
    run(instance) {
      if (what === 'pause' || what === 'resume') {
        const name = random.pick([...ACCOUNTS, 'tenant']);
        return request(world, instance, `${what} ${name}`, ({ pause }) =>
          what === 'pause' ? pause.pause(name, 'audit') : pause.resume(name),
        );
      }
      const heads = [...messages.rows.values()].filter((row) => row.head !== null);
      if (heads.length > 0) onMessage(world, instance, what, random.pick(heads).key);
    },
  };
}

function onMessage(
  world: World,
  instance: Instance,
  what: 'cancel' | 'release' | 'redrive',
  id: string,
): void {
  if (what === 'redrive') world.redriven.add(id);
  request(world, instance, `${what} ${id}`, async ({ cancelMessage, releaseHeld, redrive }) => {
    if (what === 'cancel') return cancelMessage(id);
    return what === 'release' ? releaseHeld(id) : redrive(id);
  });
}

function request(
  world: World,
  instance: Instance,
  label: string,
  act: (mailer: Mailer) => Promise<unknown>,
): void {
  world.count.accepts += 2;
  spawn(world, instance, label, async () => {
    const answer = await act(await useMailer(world, instance));
    world.trace?.(`   ${label}: ${JSON.stringify(answer)}`);
  });
}

/** Whoever paused something resumes it in the end. */
export function resumeAll(world: World): Action[] {
  const paused = [...world.small.standings.values()].filter(({ value }) => value.pausedByPerson);
  return paused.map(({ value }) => ({
    label: `resume ${value.name}`,
    run: (instance) =>
      request(world, instance, `resume ${value.name}`, ({ pause }) => pause.resume(value.name)),
  }));
}

/** A person looks at what is held or failed, and lets it go once more. */
export function letGo(world: World): Action[] {
  return [...world.messages.rows.values()].flatMap((row): Action[] => {
    const status = row.delivery?.status;
    const what = status === 'held' ? 'release' : 'redrive';
    if (status !== 'held' && status !== 'failed' && status !== 'partially_sent') return [];
    const id = row.key.slice(0, 26);
    return [{ label: what, run: (instance) => onMessage(world, instance, what, id) }];
  });
}
