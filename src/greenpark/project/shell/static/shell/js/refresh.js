// Live parts: every element with data-refresh="10s" and hx-get is fetched again while the page is visible.
const due = new WeakMap();

function period(element) {
  const match = /^(\d+)s$/.exec(element.dataset.refresh || '');
  return match ? Math.max(2, Number(match[1])) * 1000 : 0;
}

function busy(element) {
  // Do not take a table away from somebody who is reading it or typing.
  return element.classList.contains('htmx-request') || element.contains(document.activeElement) && document.activeElement !== document.body
    || element.querySelector('details[open]') !== null;
}

function tick() {
  if (document.visibilityState !== 'visible' || !window.htmx) return;
  const now = Date.now();
  for (const element of document.querySelectorAll('[data-refresh][hx-get]')) {
    const every = period(element);
    if (!every) continue;
    if (!due.has(element)) {
      due.set(element, now + every);
      continue;
    }
    if (now < due.get(element) || busy(element)) continue;
    due.set(element, now + every);
    window.htmx.ajax('GET', element.getAttribute('hx-get'), { source: element, target: element, swap: element.getAttribute('hx-swap') || 'outerHTML' });
  }
}

export function startRefreshing() {
  setInterval(tick, 1000);
  document.addEventListener('visibilitychange', tick);
}
