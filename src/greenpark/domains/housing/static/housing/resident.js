// Uploads: size checked before, progress during, the page with its thumbnail after. Without this the form just posts.
const say = (text) => { document.getElementById('live').textContent = text; };

function fail(form, text) {
  const place = form.querySelector('.errorlist');
  place.textContent = text;
  place.hidden = false;
  form.querySelector('input[type=file]').setAttribute('aria-describedby', place.id);
  say(text);
}

function send(form, file) {
  const bar = form.querySelector('progress');
  const button = form.querySelector('button');
  const request = new XMLHttpRequest();
  request.open('POST', location.href);
  request.setRequestHeader('X-Requested-With', 'fetch');
  request.upload.addEventListener('progress', (event) => {
    if (event.lengthComputable) bar.value = Math.round((event.loaded / event.total) * 100);
  });
  request.addEventListener('load', () => {
    if (request.status === 200) { location.reload(); return; }
    const page = new DOMParser().parseFromString(request.responseText, 'text/html');
    const kind = form.querySelector('[name=kind]').value;
    const told = page.getElementById(`error-${kind}`);
    fail(form, (told && told.textContent) || '上传没有完成，请重试');
    bar.hidden = true;
    button.disabled = false;
  });
  request.addEventListener('error', () => {
    fail(form, '网络中断，上传没有完成，请重试');
    bar.hidden = true;
    button.disabled = false;
  });
  bar.hidden = false;
  button.disabled = true;
  say(`正在上传 ${file.name}`);
  request.send(new FormData(form));
}

document.querySelectorAll('form[data-upload]').forEach((form) => {
  form.addEventListener('submit', (event) => {
    const file = form.querySelector('input[type=file]').files[0];
    if (!file) return;
    event.preventDefault();
    const most = Number(form.dataset.most);
    if (file.size > most * 1048576) {
      fail(form, `文件 ${(file.size / 1048576).toFixed(1)} MB，超过 ${most} MB，请压缩后再传`);
      return;
    }
    send(form, file);
  });
});
