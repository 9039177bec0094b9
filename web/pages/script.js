// SPDX-License-Identifier: Apache-2.0
// What is nicer with a script. Everything works without it.
'use strict';

// "Show" beside a password.
for (const button of document.querySelectorAll('[data-shows]')) {
  const field = document.getElementById(button.dataset.shows);
  const show = button.textContent;
  button.hidden = false;
  button.addEventListener('click', () => {
    const shown = field.type === 'password';
    field.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
    button.textContent = shown ? button.dataset.hide : show;
    field.focus();
  });
  // Browsers remember what was typed into text fields; this one is a password again when it is sent.
  field.form.addEventListener('submit', () => { field.type = 'password'; });
}

// "Copy" beside a command.
for (const button of document.querySelectorAll('[data-copies]')) {
  if (!navigator.clipboard) break;  // over plain HTTP from another machine
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// How long one has to wait, second by second.
for (const line of document.querySelectorAll('[data-seconds]')) {
  const inUnits = (seconds) => (seconds >= 60 ? `${Math.floor(seconds / 60)} min ` : '') + `${seconds % 60} s`;
  const total = Number(line.dataset.seconds), [before, after] = line.textContent.split(inUnits(total));
  const end = Date.now() + total * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((end - Date.now()) / 1000);
    line.textContent = left > 0 ? before + inUnits(left) + after : line.dataset.over;
    if (left <= 0) clearInterval(timer);
  }, 1000);
}

// Times as they are where the reader is, as they are written there if the page is in the reader's language.
const {lang} = document.documentElement;
const locale = navigator.languages.find((one) => one.split('-')[0] === lang) ?? lang;
const localize = (part) => {
  for (const time of part.querySelectorAll('time')) {
    const style = time.dataset.part === 'date' ? {dateStyle: 'long'} : {dateStyle: 'medium', timeStyle: 'short'};
    time.textContent = new Intl.DateTimeFormat(locale, style).format(new Date(time.dateTime));
  }
};
localize(document);

// What happens while one looks, on top of the list. The server escapes it as in the page; the browser asks again by
// itself when an answer has ended, and says what it has heard last.
for (const box of document.querySelectorAll('[data-stream]')) {
  const list = box.querySelector('ul'), source = new EventSource(box.dataset.stream);
  source.addEventListener('open', () => { document.querySelector('[data-live]').hidden = false; });
  source.addEventListener('message', ({data}) => {
    const made = document.createElement('template');
    made.innerHTML = data;
    const item = made.content.firstElementChild;
    if (list.querySelector(`[data-event="${CSS.escape(item.dataset.event)}"]`)) return;
    localize(item);
    list.prepend(item);
    if (list.children.length > 200) list.lastElementChild.remove();
  });
}

// A file into a text field.
for (const line of document.querySelectorAll('[data-fills]')) {
  line.hidden = false;
  line.querySelector('input').addEventListener('change', async ({target}) => {
    document.getElementById(line.dataset.fills).value = await target.files[0].text();
  });
}

// What is wrong is read first.
document.querySelector('.error')?.focus();
