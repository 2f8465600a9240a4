import type { RegisteredFunction } from './functionsCore.ts';
import { triggerName } from './invoke.ts';
import type { BindingInfo } from './rpc.ts';

export type TriggerKind = 'queueTrigger' | 'httpTrigger' | 'timerTrigger';

export interface IndexedFunction {
  readonly name: string;
  readonly kind: TriggerKind;
  readonly binding: BindingInfo;
  readonly fn: RegisteredFunction;
  /** What drives it, for people: `POST api/messages`, `mail-outbox`, `0 * * * * *`. */
  readonly detail: string;
}

const KINDS: readonly TriggerKind[] = ['queueTrigger', 'httpTrigger', 'timerTrigger'];

/** Sorts the registered functions by trigger, and says which of them this host cannot run, and why. */
export function indexFunctions(
  functions: Iterable<RegisteredFunction>,
  routePrefix: string,
): { readonly indexed: readonly IndexedFunction[]; readonly errors: readonly string[] } {
  const indexed: IndexedFunction[] = [];
  const errors: string[] = [];
  for (const fn of functions) {
    const { name, bindings } = fn.metadata;
    const binding = bindings[triggerName(fn)];
    const kind = KINDS.find((known) => known.toLowerCase() === binding?.type.toLowerCase());
    if (binding === undefined || kind === undefined) {
      errors.push(
        `The function "${name}" has a ${binding?.type ?? 'missing trigger'}; the local host runs queue, HTTP and timer triggers only.`,
      );
      continue;
    }
    const extra = Object.values(bindings).filter(
      (other) => other !== binding && other.type.toLowerCase() !== 'http',
    );
    if (extra.length > 0) {
      const types = extra.map((other) => other.type).join(', ');
      errors.push(
        `The function "${name}" is not run: the local host knows no input and output bindings (${types}).`,
      );
      continue;
    }
    if (fn.metadata.retryOptions !== undefined) {
      errors.push(`The function "${name}" is run, but its retry policy is not: the local host knows none.`);
    }
    indexed.push({ name, kind, binding, fn, detail: detailOf(kind, binding, name, routePrefix) });
  }
  return { indexed, errors };
}

function detailOf(kind: TriggerKind, binding: BindingInfo, name: string, routePrefix: string): string {
  if (kind === 'queueTrigger') return textOption(binding, 'queueName') ?? '';
  if (kind === 'timerTrigger') return textOption(binding, 'schedule') ?? '';
  const methods = Array.isArray(binding['methods']) ? binding['methods'].join(',') : '*';
  const route = [routePrefix, textOption(binding, 'route') ?? name].filter((part) => part !== '').join('/');
  return `${methods} ${route}`;
}

/** The option of a binding as text, undefined where it is not given. */
export function textOption(binding: BindingInfo, name: string): string | undefined {
  const value = binding[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
