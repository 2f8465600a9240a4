/**
 * One cold start, in a process of its own: what the Node worker of Azure Functions does with an app, and nothing else. Plain JavaScript
 * without imports, since whatever this file loads itself would be counted too. It loads the app that its first argument names
 * (CommonJS, or an ES module where it ends with .mjs), tells the parent when the functions are registered, hands the
 * item of its second argument to `sendMail`, tells when that has returned, and ends in order. Without an app it is the floor.
 */
'use strict';
const { Module } = require('node:module');

const [, , appFile, itemJson] = process.argv;
/** Name to what was registered. */
const functions = new Map();
const hooks = [];
let model = null;

class Disposable {
  dispose() {}
}

const core = {
  version: '3.11.0',
  hostVersion: '4.1040.0',
  Disposable,
  setProgrammingModel(chosen) {
    model = chosen;
  },
  getProgrammingModel: () => model,
  registerFunction(metadata, callback) {
    functions.set(metadata.name, { metadata, callback });
    return new Disposable();
  },
  registerHook(name, callback) {
    hooks.push({ name, callback });
    return new Disposable();
  },
  log: () => undefined,
};

// As the worker does it: the library asks for this module by name.
const requireModule = Module.prototype.require;
Module.prototype.require = function requireWithCore(id) {
  return id === '@azure/functions-core' ? core : Reflect.apply(requireModule, this, [id]);
};

/** Since the process began, by the clock that all processes of this machine share, and the CPU of it so far. */
function tell(what, more) {
  const { user, system } = process.cpuUsage();
  const at = performance.timeOrigin + performance.now();
  process.send({ what, at, cpuMs: (user + system) / 1000, files: Object.keys(require.cache), ...more });
}

async function load() {
  if (appFile === undefined) return;
  // As the worker chooses.
  if (appFile.endsWith('.mjs')) await import(require('node:url').pathToFileURL(appFile).href);
  else require(appFile);
}

async function runHooks(name) {
  for (const hook of hooks) if (hook.name === name) await hook.callback({ hookData: {}, appHookData: {} });
}

/** As the worker invokes a function for a queue item. */
async function invoke(name, { text, id, insertedAt }) {
  const { metadata, callback } = functions.get(name);
  const trigger = Object.keys(metadata.bindings).find((key) =>
    metadata.bindings[key].type.endsWith('Trigger'),
  );
  const invocation = model.getInvocationModel({
    invocationId: 'cold',
    request: {
      invocationId: 'cold',
      inputData: [{ name: trigger, data: { string: text } }],
      triggerMetadata: {
        Id: { string: id },
        InsertionTime: { json: JSON.stringify(insertedAt) },
        DequeueCount: { int: 1 },
      },
      traceContext: { traceParent: '', traceState: '' },
    },
    metadata,
    state: 'invocation',
    log: () => undefined,
  });
  const { context, inputs } = await invocation.getArguments();
  await invocation.getResponse(context, await invocation.invokeFunction(context, inputs, callback));
}

async function run() {
  await load();
  await runHooks('appStart');
  tell('registered', { functions: functions.size });
  if (itemJson !== undefined) {
    try {
      await invoke('sendMail', JSON.parse(itemJson));
      tell('handled', { error: null });
    } catch (error) {
      tell('handled', { error: error instanceof Error ? error.stack : String(error) });
    }
  }
  // Gives back what it leased, so that the next start finds what this one found.
  await runHooks('appTerminate');
}

run().then(
  () => process.disconnect(),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
