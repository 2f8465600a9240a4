/** The messages of a proof: more than the limits hold, of random sizes; and those that use up what these leave. */
import { makeRandom } from '../../local/chaos/random.ts';
import { UNKNOWN_ADDRESS } from './countingTransport.ts';
import { ACCOUNTS, DOMAIN } from './quotaSettings.ts';

export interface LoadLimits {
  readonly recipients: number;
  readonly external: number;
}

/** A message of one delivery. */
export interface Submission {
  readonly item: Readonly<Record<string, unknown>>;
  readonly recipients: number;
  readonly external: number;
}

/** One of the apps, with a limit of its own. */
export const LIMITED_APP = 'news';
const APPS = ['payroll', LIMITED_APP, 'portal'] as const;
/** Of the tenant's limit: less than it asks for. */
const LIMITED_APP_SHARE = 0.3;

const SIZE_AT_MOST = 50;
/** So many times the limit is asked for, beside what the limited app cannot get. */
const DEMAND = 1.25;
const EXTERNAL_DEMAND = 2.5;
const SHARE_WITH_EXTERNAL = 0.4;
const BULK_SHARE = 0.25;
/** Recipients that the server refuses: what was reserved for them goes back. */
const UNKNOWN_SHARE = 0.03;

export function limitOfApp({ recipients }: LoadLimits): number {
  return Math.floor(recipients * LIMITED_APP_SHARE);
}

export function planLoad(limits: LoadLimits, seed: number): Submission[] {
  const random = makeRandom(seed);
  const sizes: { readonly size: number; readonly app: string }[] = [];
  for (let [asked, byLimited] = [0, 0]; asked < limits.recipients * DEMAND;) {
    const [size, app] = [random.between(1, SIZE_AT_MOST), random.pick(APPS)];
    sizes.push({ size, app });
    const counts = app === LIMITED_APP ? Math.min(size, limitOfApp(limits) - byLimited) : size;
    if (app === LIMITED_APP) byLimited += counts;
    asked += counts;
  }
  const perMixed = (limits.external * EXTERNAL_DEMAND) / (sizes.length * SHARE_WITH_EXTERNAL);
  return sizes.map(({ size, app }, number) => {
    const wanted = random.happens(SHARE_WITH_EXTERNAL)
      ? random.between(1, Math.max(1, Math.round(perMixed * 2) - 1))
      : 0;
    const external = Math.min(size, wanted);
    const to = Array.from({ length: size }, (_, place) => {
      const name = `${random.happens(UNKNOWN_SHARE) ? UNKNOWN_ADDRESS : 'person'}-${number}-${place}`;
      return place < external ? `${name}@fabrikam.com` : `${name}@${DOMAIN}`;
    });
    const item = {
      app,
      from: random.pick(ACCOUNTS),
      priority: random.happens(BULK_SHARE) ? 'bulk' : 'normal',
      to,
      subject: `Message ${number}`,
      text: 'Good morning.',
    };
    return { item, recipients: size, external };
  });
}

/**
 * One recipient each. They are critical: a room keeps strictly to its order, so what lies behind a front that does not fit
 * would wait for ever, and the critical ones stand before all others.
 */
export function planFillers(count: number, kind: 'internal' | 'external'): Submission[] {
  return Array.from({ length: count }, (_, number) => {
    const domain = kind === 'external' ? 'fabrikam.com' : DOMAIN;
    const item = {
      app: 'portal',
      priority: 'critical',
      to: `filler-${number}@${domain}`,
      subject: `Filler ${number}`,
      text: 'Good morning.',
    };
    return { item, recipients: 1, external: kind === 'external' ? 1 : 0 };
  });
}
