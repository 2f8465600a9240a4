import type { Check } from '../answers.ts';
import { healthSchema } from '../answers.ts';
import type { Api } from '../api.ts';
import type { Call, Command } from '../command.ts';
import { examineOutside } from '../doctor/examineOutside.ts';
import { wrong } from '../doctor/findings.ts';
import { sendTest } from '../doctor/sendTest.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { showChecks } from '../showChecks.ts';
import { HVE_VERSION } from '../version.ts';

export const doctor: Command = {
  name: 'doctor',
  operands: '',
  operandsAtLeast: 0,
  operandsAtMost: 0,
  summary:
    'checks everything, from outside and from inside, from cause to effect: the first that fails is the one to mend',
  details:
    'From outside: address, name, certificate, answer, clock, key or token, version. From inside, by the app: configuration, storage, Key Vault, DNS, the SMTP port, STARTTLS and its certificate, what the server offers, each login, and what waits or was given up.',
  options: {
    send: { value: 'ADDRESS', help: 'sends a test mail there too, and waits for its outcome' },
    timeout: { value: 'SECONDS', help: 'waits no longer for the test mail; default: 120' },
  },
  examples: [
    'hve doctor',
    'hve doctor --send you@contoso.com',
    'hve doctor --json | jq \'.checks[] | select(.status != "ok")\'',
  ],
  run,
};

async function run(call: Call): Promise<ExitCode> {
  const { screen } = call;
  const [connection, api] = [await call.connection(), await call.api()];
  const checks: Check[] = [];
  const found = (heading: string, more: readonly Check[]): void => {
    checks.push(...more);
    if (screen.format === 'human') {
      screen.line(screen.paint('bold', heading));
      showChecks(screen, more);
      screen.line('');
    }
  };
  const { checks: outside, role } = await examineOutside(connection, api, {
    world: call.world,
    version: HVE_VERSION,
  });
  found('From outside', outside);
  if (role === 'operator') found('From inside', await examineInside(api));
  const address = call.text('send');
  if (address !== null && role !== null) found('Test mail', [await sendTest(call, api, address)]);

  const first = checks.find(({ status }) => status === 'failing');
  if (screen.format === 'json') screen.json({ status: worst(checks), checks });
  else if (screen.format === 'plain') showChecks(screen, checks);
  else screen.line(conclude(checks, first));
  if (first === undefined) return EXIT.ok;
  return role === null ? EXIT.unreachable : EXIT.failed;
}

async function examineInside(api: Api): Promise<readonly Check[]> {
  const { status, body } = await api.ask({ method: 'GET', path: 'health', query: { deep: 1 } });
  const parsed = healthSchema.safeParse(body);
  if (parsed.success) return parsed.data.checks;
  return [
    wrong('health', 'failing', {
      cause: `the app answered ${status} without its checks`,
      remedy: 'look at the log of the function app; is its version as new as this hve?',
    }),
  ];
}

function conclude(checks: readonly Check[], first: Check | undefined): string {
  if (first !== undefined) return `Mend first: ${first.name}.`;
  const degraded = checks.filter(({ status }) => status === 'degraded');
  if (degraded.length === 0) return 'All is well.';
  return `Mail goes; look at: ${degraded.map(({ name }) => name).join(', ')}.`;
}

function worst(checks: readonly Check[]): Check['status'] {
  return (
    (['failing', 'degraded'] as const).find((status) => checks.some((check) => check.status === status)) ??
    'ok'
  );
}
