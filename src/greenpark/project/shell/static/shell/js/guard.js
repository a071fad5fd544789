// Forms with data-guard ask before unsaved input is left.
export function startGuards() {
  const changed = new Set();
  const note = (event) => {
    const form = event.target.form;
    if (form && form.hasAttribute('data-guard')) changed.add(form);
  };
  document.addEventListener('input', note);
  document.addEventListener('submit', (event) => changed.delete(event.target));
  window.addEventListener('beforeunload', (event) => {
    if ([...changed].some((form) => form.isConnected)) {
      event.preventDefault();
      event.returnValue = '';
    }
  });
}
