import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ensureCertificates } from '../../local/certificates.ts';
import { startDaemon } from './daemon.ts';
import { startDovecotAuth } from './dovecotAuth.ts';
import { freePorts } from './freePorts.ts';
import { makeMaildirs, withoutTrace } from './maildir.ts';
import { findProgram, findUser, isRoot, outputOf } from './program.ts';
import type { RealServer, RealServerOptions } from './realServer.ts';
import { untilListening } from './untilListening.ts';

export interface PostfixOptions extends RealServerOptions {
  /** Settings of main.cf beside or in place of ours: a relay has a `relayhost`, and `default_transport` smtp. */
  readonly main?: Readonly<Record<string, string>>;
}

const HOST = '127.0.0.1';
const TRACE = ['Return-Path', 'X-Original-To', 'Delivered-To', 'Received'];
/** Postfix's processes run as its own user and must get through our folder, which is made for its owner alone. */
const SEARCHABLE = 0o755;

/** Why Postfix cannot be started here; null: it can. */
export async function missingForPostfix(): Promise<string | null> {
  if (findProgram('postfix') === null) return 'Postfix is not installed (apt-get install postfix)';
  if (!isRoot()) return 'Postfix starts for root only';
  return (await findUser('postfix')) === null ? 'there is no user postfix' : null;
}

/**
 * Postfix with a configuration, a queue and mailboxes of its own in a temporary folder, on free ports of this machine. It
 * touches nothing of a Postfix that is set up here. Mail goes to nobody but the mailboxes of `recipients`.
 */
export async function startPostfix(options: PostfixOptions): Promise<RealServer> {
  const { account, recipients, maxBytes, main = {} } = options;
  const postfix = findProgram('postfix')!;
  const owner = (await findUser('postfix'))!;
  const dir = await mkdtemp(join(tmpdir(), 'postfix-'));
  const at = (...parts: string[]): string => join(dir, ...parts);
  const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true, maxRetries: 5 })];
  const stop = async (): Promise<void> => {
    for (const stopOne of stops.splice(0).toReversed()) await stopOne();
  };
  try {
    await chmod(dir, SEARCHABLE);
    for (const folder of ['etc', 'queue', 'data', 'mail']) await mkdir(at(folder));
    for (const folder of ['data', 'mail']) await chown(at(folder), owner.uid, owner.gid);
    const { ca, key, cert } = await ensureCertificates(dir);
    await writeFile(at('etc', 'server.pem'), key + cert, { mode: 0o600 });
    const auth = await startDovecotAuth(at('auth'), account);
    stops.push(() => auth.stop());
    const daemonDirectory = await outputOf(join(dirname(postfix), 'postconf'), '-dh', 'daemon_directory');
    const ports = await freePorts();
    const settings: Record<string, string> = {
      compatibility_level: '3.6',
      command_directory: dirname(postfix),
      daemon_directory: daemonDirectory,
      queue_directory: at('queue'),
      data_directory: at('data'),
      maillog_file: at('log'),
      maillog_file_prefixes: dir,
      myhostname: 'postfix.contoso.com',
      mydestination: '',
      mynetworks: '',
      // Whoever is logged in may name any recipient: no test's mail leaves this machine.
      default_transport: 'error:this Postfix delivers to its own mailboxes only',
      inet_interfaces: HOST,
      inet_protocols: 'ipv4',
      alias_maps: '',
      local_recipient_maps: '',
      smtpd_peername_lookup: 'no',
      smtpd_tls_security_level: 'may',
      smtpd_tls_chain_files: at('etc', 'server.pem'),
      smtpd_tls_auth_only: 'yes',
      smtpd_sasl_auth_enable: 'yes',
      smtpd_sasl_type: 'dovecot',
      smtpd_sasl_path: at('auth'),
      smtpd_relay_restrictions: 'permit_sasl_authenticated, reject',
      message_size_limit: String(maxBytes),
      // Else it waits a second now and then where more comes than it has delivered.
      in_flow_delay: '0',
      mailbox_size_limit: '0',
      virtual_mailbox_limit: '0',
      virtual_mailbox_domains: [...new Set(recipients.map((address) => address.split('@')[1]))].join(', '),
      virtual_mailbox_maps: `texthash:${at('etc', 'recipients')}`,
      virtual_mailbox_base: at('mail'),
      virtual_uid_maps: `static:${owner.uid}`,
      virtual_gid_maps: `static:${owner.gid}`,
      virtual_minimum_uid: String(owner.uid),
      ...main,
    };
    // A slash at its end makes it a Maildir.
    const folders = recipients.map((address) => `${address} ${address}/\n`);
    await writeFile(at('etc', 'recipients'), folders.join(''));
    await writeFile(
      at('etc', 'main.cf'),
      Object.entries(settings)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join(''),
    );
    await writeFile(
      at('etc', 'master.cf'),
      masterFile([
        [ports.none, 'pipelining, chunking'],
        [ports.pipelining, 'chunking'],
        [ports.chunking, ''],
      ]),
    );
    const daemon = startDaemon({
      command: [postfix, '-c', at('etc'), 'start-fg'],
      stop: `'${postfix}' -c '${at('etc')}' stop`,
    });
    stops.push(() => daemon.stop());
    const mailboxes = makeMaildirs(at('mail'));
    const log = (): Promise<string> => readFile(at('log'), 'utf8');
    await untilListening(daemon, { host: HOST, ports: Object.values(ports), log });
    return {
      host: HOST,
      ports,
      ca,
      delivered: async (recipient) => (await mailboxes(recipient)).map((mail) => withoutTrace(mail, TRACE)),
      log,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The processes that take in and deliver, without chroot; `hidden`: by port, the words that its EHLO leaves out. */
function masterFile(hidden: readonly (readonly [port: number, words: string])[]): string {
  const doors = hidden.map(
    ([port, words]) =>
      `${HOST}:${port} inet n - n - - smtpd\n  -o { smtpd_discard_ehlo_keywords = silent-discard, ${words} }`,
  );
  const inside = [
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'tlsproxy unix - - n - 0 tlsproxy',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'smtp unix - - n - - smtp',
    'relay unix - - n - - smtp',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'discard unix - - n - - discard',
    'local unix - n n - - local',
    'virtual unix - n n - - virtual',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  return `${[...doors, ...inside].join('\n')}\n`;
}
