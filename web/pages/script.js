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

// How hard a password is to guess, while it is typed: as the server would say it when the form is sent.
for (const line of document.querySelectorAll('[data-judges]')) {
  const form = line.closest('form'), {username, token, form_token: formToken} = form.elements;
  const password = form.querySelector('[autocomplete=new-password]');
  const say = ({says = '', is_good: isGood = false}) => {
    line.textContent = says;
    line.classList.toggle('good', isGood);
  };
  let timer, request;
  const ask = async () => {
    const {signal} = request = new AbortController();
    const body = new URLSearchParams({form_token: formToken.value, username: username?.value ?? '', token: token?.value ?? '', password: password.value});
    const answer = await fetch(line.dataset.judges, {method: 'POST', body, signal, headers: {Accept: 'application/json'}}).catch(() => null);
    // Whoever asks too often is told nothing here: the form says it when it is sent.
    const said = answer?.ok ? await answer.json().catch(() => ({})) : {};
    if (!signal.aborted) say(said);
  };
  form.addEventListener('input', ({target}) => {
    if (target !== password && target !== username) return;
    clearTimeout(timer);
    request?.abort();
    if (password.value) timer = setTimeout(ask, 400);
    else say({});
  });
}

// "Copy" beside a command.
const offerCopies = (part) => {
  if (!navigator.clipboard) return;  // over plain HTTP from another machine
  for (const button of part.querySelectorAll('[data-copies]')) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
};
offerCopies(document);

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
  const told = document.querySelector('[data-live]');
  told.hidden = false;
  source.addEventListener('error', () => { told.hidden = source.readyState === EventSource.CLOSED; });
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

// A search while it is typed. Its button asks for the same page, as a whole.
for (const form of document.querySelectorAll('[data-searches]')) {
  let timer, request, isTyping = false, {search: shown} = location;
  const show = async (address, remember) => {
    request?.abort();
    const {signal} = request = new AbortController();
    const answer = await fetch(address, {signal}).catch(() => null);
    const text = await answer?.text().catch(() => null);
    if (signal.aborted || !text) return;
    const found = new DOMParser().parseFromString(text, 'text/html').querySelectorAll('[data-found]');
    // The page to sign in, or a refusal: one looks at it as a whole.
    if (answer.redirected || !found.length) return location.assign(address);
    remember?.();
    shown = location.search;
    document.querySelectorAll('[data-found]').forEach((part, i) => {
      part.replaceChildren(...found[i].childNodes);
      offerCopies(part);
      localize(part);
    });
  };
  const search = () => {
    const address = `?${new URLSearchParams([...new FormData(form)].filter(([, text]) => text))}`;
    show(address, () => {
      // What is typed in one go is one step for the way back.
      history[isTyping ? 'replaceState' : 'pushState'](null, '', address);
      isTyping = true;
    });
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(search, 250);
  });
  form.addEventListener('change', () => { isTyping = false; });
  addEventListener('popstate', () => {
    if (location.search === shown) return;
    clearTimeout(timer);
    isTyping = false;
    const query = new URLSearchParams(location.search);
    for (const field of form.elements) if (field.name) field.value = query.get(field.name) ?? field.options?.[0].value ?? '';
    show(location.href);
  });
}

// A file into a text field. Of what is not UTF-8 the names would come in spoiled, and a form that is too long would be
// refused as a whole.
for (const line of document.querySelectorAll('[data-fills]')) {
  line.hidden = false;
  const chooser = line.querySelector('input'), {fills, most, tooLong, notText} = line.dataset;
  const field = document.getElementById(fills), {form} = field;
  const check = () => {
    chooser.setCustomValidity('');
    field.setCustomValidity(`${new URLSearchParams(new FormData(form))}`.length > most ? tooLong : '');
  };
  field.addEventListener('input', check);
  chooser.addEventListener('change', async () => {
    const [file] = chooser.files;
    if (!file) return;
    let wrong = file.size > most ? tooLong : '', text = '';
    if (!wrong) try {
      text = new TextDecoder('utf-8', {fatal: true}).decode(await file.arrayBuffer());
    } catch {
      wrong = notText;
    }
    chooser.setCustomValidity(wrong);
    if (wrong) {
      chooser.reportValidity();
      chooser.value = '';
      return;
    }
    field.value = text;
    form.elements.format.value = /\.jsonl?$/i.test(file.name) ? 'jsonl' : 'csv';
    check();
  });
}

// A form that was kept while one signed in again goes on by itself.
document.querySelector('form[data-sends]')?.requestSubmit();

// What is wrong is read first.
document.querySelector('.error')?.focus();
