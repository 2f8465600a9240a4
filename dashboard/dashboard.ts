/** Starts the page: what it needs of the browser is named here, and nowhere else. */
import { makeApiClient } from './api/client.ts';
import { makeOperatorKey, takeKeyFromAddress } from './api/operatorKey.ts';
import type { App } from './page/app.ts';
import { makeApp } from './page/app.ts';
import { makePatch } from './page/patch.ts';
import { parseRoute } from './page/route.ts';
import type { Scene } from './page/state.ts';
import { makeTimeWords } from './words/times.ts';
import { shell } from './views/shell.ts';

const TICK_MS = 1000;

start(document.getElementById('app')!);

function start(root: HTMLElement): void {
  const key = makeOperatorKey(() => sessionStorage);
  const taken = takeKeyFromAddress(location.href);
  if (taken.key !== null) {
    key.keep(taken.key);
    // Neither in the history nor in what somebody copies from the address bar.
    history.replaceState(null, '', taken.rest);
  }
  root.replaceChildren();
  const app = makeApp({
    client: makeApiClient({
      fetch: async (...of) => fetch(...of),
      pageUrl: location.href,
      key: () => key.read(),
    }),
    key,
    times: makeTimeWords(),
    now: () => Date.now(),
    isHidden: () => document.hidden,
    route: parseRoute(location.hash),
    setHash: (hash) => (location.hash = hash),
    draw: makeDraw(root),
  });
  addEventListener('hashchange', () => arrive(app));
  document.addEventListener('visibilitychange', () => app.tick());
  setInterval(() => app.tick(), TICK_MS);
  app.arrive(parseRoute(location.hash));
}

/** As if another page had been opened: from its top, with the focus on its title. */
function arrive(app: App): void {
  app.arrive(parseRoute(location.hash));
  scrollTo(0, 0);
  document.getElementById('title')?.focus({ preventScroll: true });
}

function makeDraw(root: HTMLElement): (scene: Scene) => void {
  const patch = makePatch();
  return (scene) => {
    const before = document.activeElement;
    patch(root, shell(scene));
    // What had the focus is gone (what was sent again leaves the list): a keyboard must not begin at the top of the browser.
    if (before !== null && !before.isConnected && document.activeElement === document.body)
      document.getElementById('title')?.focus({ preventScroll: true });
    document.title = `${document.getElementById('title')?.textContent ?? 'Dashboard'} – hve-mailer`;
  };
}
