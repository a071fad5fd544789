// Behaviour of the page frame. Every page works without it.
import { drawAll } from './charts.js';
import { startDialogs } from './dialogs.js';
import { startGuards } from './guard.js';
import { startRefreshing } from './refresh.js';
import { startToasts, toast } from './toasts.js';
import { word } from './words.js';

function startMenus() {
  const close = (except) => document.querySelectorAll('details[data-menu][open]').forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
  document.addEventListener('click', (event) => close(event.target.closest('details[data-menu]')));
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      const open = document.querySelector('details[data-menu][open]');
      close(null);
      if (open) open.querySelector('summary').focus();
      if (location.hash === '#side') location.hash = '#main';
    }
  });
}

function startDrawer() {
  window.addEventListener('hashchange', () => {
    if (location.hash === '#side') {
      const first = document.querySelector('#side a');
      if (first) first.focus();
    }
  });
}

function startSearchKey() {
  const field = document.querySelector('[data-search]');
  if (!field) return;
  document.addEventListener('keydown', (event) => {
    const typing = /^(input|textarea|select)$/i.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });
}

function startHtmx() {
  document.body.addEventListener('htmx:configRequest', (event) => {
    const token = document.querySelector('input[name=csrfmiddlewaretoken]');
    if (token && event.detail.verb !== 'get') event.detail.headers['X-CSRFToken'] = token.value;
  });
  document.body.addEventListener('htmx:afterSettle', () => drawAll());
  let lastFault = 0;
  const fault = (key) => {
    if (Date.now() - lastFault > 60000) toast(word(key), 'warn');
    lastFault = Date.now();
  };
  document.body.addEventListener('htmx:sendError', () => fault('refresh_failed'));
  document.body.addEventListener('htmx:responseError', () => fault('request_failed'));
}

function focusErrors() {
  const summary = document.querySelector('[data-focus]');
  if (summary) summary.focus();
}

startMenus();
startDrawer();
startSearchKey();
startHtmx();
startDialogs();
startGuards();
startToasts();
startRefreshing();
focusErrors();
drawAll();
