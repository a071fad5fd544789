// Finds <div data-chart="id"> with its island <script id="id-data">, draws it, keeps its size, offers «下载数据».
import { option, points } from './chart-options.js';
import { registerThemes } from './chart-theme.js';
import { save } from './csv.js';
import { word } from './words.js';

const drawn = new Map();
let library = null;

function load() {
  if (library === null) {
    library = new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = new URL('../vendor/echarts.min.js', import.meta.url).href;
      script.onload = () => {
        registerThemes(window.echarts);
        resolve(window.echarts);
      };
      script.onerror = () => reject(new Error('echarts.min.js did not load'));
      document.head.append(script);
    });
  }
  return library;
}

function fail(place) {
  place.classList.add('chart-error');
  place.removeAttribute('role');
  place.textContent = word('draw_failed');
  const details = place.closest('.chart-box') && place.closest('.chart-box').querySelector('.chart-table');
  if (details) details.open = true;
}

function offerDownload(place, spec) {
  const foot = place.closest('.chart-box') && place.closest('.chart-box').querySelector('.chart-foot');
  if (!foot || foot.querySelector('.chart-download')) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'chart-download';
  button.textContent = word('download');
  button.addEventListener('click', () => save(spec, place.dataset.title));
  foot.append(button);
}

function draw(echarts, place, spec) {
  const dark = place.closest('.dark') !== null;
  const chart = echarts.init(place, dark ? 'park-dark' : 'park-light', {
    renderer: points(spec) > 2000 || spec.kind === 'heatmap' ? 'canvas' : 'svg',
  });
  const narrow = place.clientWidth < 400;
  chart.setOption(option(spec, { dark, narrow, width: place.clientWidth, title: place.dataset.title }));
  drawn.set(place, chart);
  watcher.observe(place);
}

const watcher = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const chart = drawn.get(entry.target);
    if (chart && entry.contentRect.width > 0) chart.resize();
  }
});

function forgetRemoved() {
  for (const [place, chart] of drawn) {
    if (!place.isConnected) {
      watcher.unobserve(place);
      chart.dispose();
      drawn.delete(place);
    }
  }
}

export async function drawAll(root = document) {
  forgetRemoved();
  const places = [...root.querySelectorAll('[data-chart]')].filter((place) => !drawn.has(place) && !place.classList.contains('chart-error'));
  if (!places.length) return;
  let echarts;
  try {
    echarts = await load();
  } catch (error) {
    console.warn(error.message);
    places.forEach(fail);
    return;
  }
  for (const place of places) {
    if (!place.isConnected || drawn.has(place)) continue;
    try {
      const spec = JSON.parse(document.getElementById(`${place.dataset.chart}-data`).textContent);
      draw(echarts, place, spec);
      offerDownload(place, spec);
    } catch (error) {
      console.error(`chart ${place.dataset.chart}`, error);
      fail(place);
    }
  }
}

window.addEventListener('beforeprint', () => drawn.forEach((chart) => chart.resize()));
