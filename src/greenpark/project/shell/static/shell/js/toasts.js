// Short results at the corner; announced by the live region, gone after a while unless they report a fault.
const LIFE_MS = 6000;

function letGo(toast) {
  if (toast.classList.contains('error') || toast.classList.contains('bad')) return;
  setTimeout(() => toast.remove(), LIFE_MS);
}

export function toast(text, level = 'info') {
  const region = document.getElementById('toasts');
  if (!region || !text) return;
  const line = document.createElement('p');
  line.className = `toast ${level}`;
  line.textContent = text;
  region.append(line);
  letGo(line);
}

export function startToasts() {
  document.querySelectorAll('.toast').forEach(letGo);
  document.addEventListener('click', (event) => {
    const line = event.target.closest('.toast');
    if (line) line.remove();
  });
  document.body.addEventListener('toast', (event) => toast(event.detail.text || event.detail.value, event.detail.level));
}
