// Runs before the first paint: styles may rely on html.js only when scripts run.
document.documentElement.classList.add('js');
