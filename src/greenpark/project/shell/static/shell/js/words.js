// Words come from the server (json_script "shell-words"), so that scripts hold no text in any language.
let words = null;

export function word(key) {
  if (words === null) {
    const island = document.getElementById('shell-words');
    words = island ? JSON.parse(island.textContent) : {};
  }
  return words[key] || key;
}
