/* What was typed into a long form waits in this tab until an answer came: a line that drops, «Back»
   and a reload lose nothing. Under its person only, for a day, and gone with the sign-out; app.js
   forgets what was saved. ES5: runs in Internet Explorer 11. */
(function () {
  'use strict';
  var store, old;
  try { store = window.sessionStorage; old = store.length; } catch (refused) { return; }
  if (!window.JSON || !document.querySelectorAll) { return; }

  var HOUR = 3600 * 1000;
  var MARK = 'typed ';
  /* Hidden fields that belong to what was typed: a form that comes twice is known by them. */
  var TOKEN = /^(request([_-]id)?|seen)$/;
  var here = window.location.href.split('#')[0];
  var is_answer = document.title.indexOf('Ошибка') === 0;
  /* Addresses at which this form was sent before, and came back with an error. */
  var chain = is_answer ? (store.getItem('sent') || '').split(' ').slice(1) : [];
  var kind = window.performance && window.performance.navigation ?
    window.performance.navigation.type : 0;

  function forget_all() {
    for (old = store.length - 1; old >= 0; old -= 1) {
      if (store.key(old).indexOf(MARK) === 0) { store.removeItem(store.key(old)); }
    }
    store.removeItem('sent');
  }

  function each(form, visit) {
    Array.prototype.forEach.call(form.elements, function (field) {
      if (field.name && field.name !== 'csrf_token' &&
          !/^(password|file|submit|button|fieldset|reset|image)$/.test(field.type)) {
        visit(field, field.type === 'radio' || field.type === 'checkbox');
      }
    });
  }

  /* Pairs as the form would send them. */
  function read(form) {
    var pairs = [];
    each(form, function (field, is_tick) {
      if (field.type === 'select-multiple') {
        Array.prototype.forEach.call(field.options, function (option) {
          if (option.selected) { pairs.push([field.name, option.value]); }
        });
      } else if (!is_tick || field.checked) {
        pairs.push([field.name, field.value]);
      }
    });
    return pairs;
  }

  /* Takes the first pair of a name out of the pairs; with a value, of that value. */
  function take(pairs, name, value) {
    for (var n = 0; n < pairs.length; n += 1) {
      if (pairs[n][0] === name && (value === undefined || pairs[n][1] === value)) {
        return pairs.splice(n, 1)[0][1];
      }
    }
    return undefined;
  }

  /* A form about another child, lesson or class at the same address is another form. */
  function fits(form, pairs) {
    var same = true;
    each(form, function (field) {
      if (field.type === 'hidden' && !TOKEN.test(field.name) &&
          form.id !== 'register' && take(pairs.slice(), field.name, field.value) === undefined) {
        same = false;
      }
    });
    return same;
  }

  /* Puts typed values in; returns what the server says of them meanwhile. */
  function write(form, kept) {
    var pairs = kept.fields.slice();
    var was = kept.was.slice();
    var news = [];
    each(form, function (field, is_tick) {
      var value, theirs;
      if (is_tick) {
        field.checked = take(pairs, field.name, field.value) !== undefined;
      } else if (field.type === 'select-multiple') {
        Array.prototype.forEach.call(field.options, function (option) {
          option.selected = take(pairs, field.name, option.value) !== undefined;
        });
      } else {
        value = take(pairs, field.name);
        old = take(was, field.name); /* as the page had it when it was typed over */
        if (value === undefined || value === field.value) { return; }
        if (field.type === 'hidden') {
          if (form.id !== 'register' && TOKEN.test(field.name)) { field.value = value; }
          return;
        }
        theirs = field.defaultValue; /* not what the browser put in */
        if (theirs && theirs !== old && theirs !== value && value !== old) { news.push(theirs); }
        if (value !== old) { field.value = value; }
      }
    });
    return news;
  }

  function tell(form, name, news) {
    var words = document.createElement('p');
    var button = document.createElement('button');
    words.className = 'change';
    words.textContent = 'То, что вы ввели раньше, снова в полях и ещё не отправлено. ' +
      (news.length ? 'Сейчас сохранено другое: «' + news.join('», «') + '». ' : '');
    button.type = 'button';
    button.textContent = 'Очистить';
    button.onclick = function () {
      form.removeAttribute('data-typed');
      store.removeItem(MARK + name);
      window.location.replace(here);
    };
    words.appendChild(button);
    form.insertBefore(words, form.firstChild);
    var said = document.getElementById('said');
    setTimeout(function () {
      var live = document.createElement('p');
      live.textContent = 'Введённое раньше снова в полях: проверьте и отправьте.';
      said.appendChild(live);
    }, 400);
  }

  function watch(form) {
    var who = form.getAttribute('data-typed');
    var name = here + '#' + (form.getAttribute('action') || '');
    var bar = form.id === 'register' && document.getElementById('unsaved');
    var was = read(form);
    var before = JSON.stringify(was);
    var timer = null;
    var kept = null;
    var is_sent = false;
    var is_kept = false; /* by this page, which may forget it too */
    try { kept = JSON.parse(store.getItem(MARK + name)); } catch (broken) { kept = null; }
    if (kept && (kept.who !== who || new Date().getTime() - kept.at > (who ? 24 : 0.5) * HOUR)) {
      forget_all();
      kept = null;
    }

    function keep() {
      clearTimeout(timer);
      var fields = read(form);
      if (!form.hasAttribute('data-typed')) { return; }
      /* A register saves by itself: what is saved waits for nobody. */
      if (JSON.stringify(fields) === before ||
          (bar && bar.textContent && !/waiting/.test(bar.className))) {
        if (is_kept) { store.removeItem(MARK + name); }
        return;
      }
      is_kept = true;
      try {
        store.setItem(MARK + name, JSON.stringify(
          { who: who, at: new Date().getTime(), fields: fields, was: was, sent: is_sent }
        ));
      } catch (full) { /* then the browser alone remembers */ }
    }

    /* «Back» to what was sent: some browsers put it in again, and it would come under another
       number. Said in the same words, it is the same form. */
    function name_again() {
      var words = 0;
      var tokens = [];
      read(form).forEach(function (pair) {
        if (TOKEN.test(pair[0])) { tokens.push(pair); return; }
        pair.join('=').split('').forEach(function (letter) {
          words = (words * 31 + letter.charCodeAt(0)) % 4294967291;
        });
      });
      var last = null;
      try {
        last = JSON.parse(store.getItem(MARK + '!' + name));
        if (last && kind === 2 && last.words === words && last.who === who) {
          each(form, function (field) {
            var value = TOKEN.test(field.name) && take(last.tokens, field.name);
            if (value) { field.value = value; }
          });
        } else {
          store.setItem(MARK + '!' + name, JSON.stringify(
            { who: who, words: words, tokens: tokens }
          ));
        }
      } catch (full) { return; }
    }

    /* Whoever is not signed in gets it back by «Back», a reload, or where no answer came. */
    function bring_back() {
      var news = write(form, kept);
      if (!is_kept && JSON.stringify(read(form)) !== before) { tell(form, name, news); }
      is_kept = true;
    }
    if (kept && !is_answer && (who || kind || kept.sent) && fits(form, kept.fields)) {
      bring_back();
      /* The browser's own memory comes later, and may be older. */
      if (!bar) {
        window.addEventListener('load', function () { setTimeout(bring_back, 0); });
      }
    }
    function soon() { clearTimeout(timer); timer = setTimeout(keep, 300); }
    form.addEventListener('input', soon);
    form.addEventListener('change', soon);
    window.addEventListener('pagehide', keep);
    form.addEventListener('submit', function () {
      name_again();
      before = '';
      is_sent = true;
      keep();
      try { store.setItem('sent', [here].concat(chain, name).join(' ')); } catch (full) { return; }
    });
  }

  store.removeItem('sent');
  Array.prototype.forEach.call(document.querySelectorAll('form[data-typed]'), watch);
  Array.prototype.forEach.call(document.querySelectorAll('form[data-typed-end]'), function (form) {
    form.addEventListener('submit', forget_all);
  });
}());
