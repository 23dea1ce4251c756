/* The register by keyboard, each cell saved when it is left. For staff only; ES5.
   Without this script the same page is one form with one button. */
(function () {
  'use strict';

  var form = document.getElementById('register');
  if (!form || !form.getAttribute('data-page')) { return; }

  var SAVE_TIMEOUT = 15000;
  var RETRY_AFTER = [2000, 5000, 15000, 30000];
  /* Latin letters by their key, as they stand on a Russian keyboard: «y» is «н». */
  var KEYS = {
    q: 'й', w: 'ц', e: 'у', r: 'к', t: 'е', y: 'н', u: 'г', i: 'ш', o: 'щ', p: 'з', a: 'ф', s: 'ы',
    d: 'в', f: 'а', g: 'п', h: 'р', j: 'о', k: 'л', l: 'д', z: 'я', x: 'ч', c: 'с', v: 'м', b: 'и',
    n: 'т', m: 'ь'
  };

  var bar = document.getElementById('unsaved');
  var token = form.querySelector('[name=csrf_token]');
  var seen = form.querySelector('[name=seen]').value;
  var page = form.getAttribute('data-page');
  var sequence = 0;
  var cells = {};      /* name → cell */
  var undone = [];     /* [name, value before] of saved changes, newest last */
  var stopped = '';    /* why nothing is sent: the session ended */

  function each(list, act) { Array.prototype.forEach.call(list, act); }

  /* A cell: saved is what the server has; sent is what is under way. */
  each(form.querySelectorAll('input[type=text], textarea'), function (field) {
    cells[field.name] = {
      field: field, saved: field.defaultValue, seen: seen, sent: null, number: 0, tries: 0,
      problem: field.getAttribute('aria-invalid') === 'true'
    };
  });

  function is_dirty(cell) { return cell.field.value !== cell.saved; }

  function count_dirty() {
    var count = 0;
    for (var name in cells) { if (is_dirty(cells[name])) { count += 1; } }
    return count;
  }

  function show() {
    for (var name in cells) {
      var cell = cells[name];
      var dirty = is_dirty(cell) && cell.field !== document.activeElement;
      cell.field.className = dirty || cell.sent !== null ? 'dirty' : '';
    }
    var count = count_dirty();
    var words = stopped || (count ? 'Не сохранено клеток: ' + count : 'Всё сохранено');
    if (bar.textContent !== words && !stopped) { bar.textContent = words; }
    bar.className = count || stopped ? 'save-state waiting' : 'save-state';
  }

  function complain(cell, words) {
    var id = cell.field.id + '-error';
    var old = document.getElementById(id);
    if (old) { old.parentNode.removeChild(old); }
    cell.problem = Boolean(words);
    if (!words) {
      cell.field.removeAttribute('aria-invalid');
      cell.field.removeAttribute('aria-describedby');
      return;
    }
    var place = document.createElement('span');
    place.className = 'error';
    place.id = id;
    place.textContent = words;
    cell.field.parentNode.insertBefore(place, cell.field);
    cell.field.setAttribute('aria-invalid', 'true');
    cell.field.setAttribute('aria-describedby', id);
  }

  function encode(pairs) {
    return pairs.map(function (pair) {
      return encodeURIComponent(pair[0]) + '=' + encodeURIComponent(pair[1]);
    }).join('&');
  }

  function post(pairs, done) {
    var xhr = new XMLHttpRequest();
    xhr.open('POST', form.getAttribute('action'));
    xhr.timeout = SAVE_TIMEOUT;
    xhr.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    xhr.setRequestHeader('Accept', 'application/json');
    xhr.setRequestHeader('HX-Request', 'true');
    xhr.onload = function () {
      var answer = null;
      try { answer = JSON.parse(xhr.responseText); } catch (ignored) { answer = null; }
      done(xhr.status, answer);
    };
    xhr.onerror = xhr.ontimeout = xhr.onabort = function () { done(0, null); };
    xhr.send(encode(pairs));
  }

  function save(name) {
    var cell = cells[name];
    if (stopped || cell.sent !== null || !is_dirty(cell)) { show(); return; }
    sequence += 1;
    cell.number = sequence;
    cell.sent = cell.field.value;
    var sent = cell.sent;
    var number = cell.number;
    show();
    post([['csrf_token', token.value], ['seen', cell.seen], ['page', page], ['sequence', number],
      [name, sent]], function (status, answer) {
      /* An answer to a save that a later one replaced says nothing any more. */
      if (cell.number !== number) { return; }
      cell.sent = null;
      if (status === 200 && answer) { accept(name, sent, answer); }
      else if (status === 422 && answer) { refuse(name, sent, answer); }
      else if (status === 401) { stop('Сеанс закончился.'); }
      else if (status === 404 || status === 403) {
        stop('Этот журнал вам больше не открыт. Введённое осталось на экране.');
      } else { again(name); }
      show();
    });
  }

  function accept(name, sent, answer) {
    var cell = cells[name];
    var before = cell.saved;
    cell.tries = 0;
    cell.seen = answer.seen;
    cell.saved = sent;
    /* The canonical spelling, unless something newer was typed meanwhile. */
    for (var other in answer.values) {
      if (!cells[other]) { continue; }
      if (cells[other].field.value === (other === name ? sent : cells[other].saved)) {
        cells[other].field.value = answer.values[other];
      }
      cells[other].saved = answer.values[other];
    }
    complain(cell, '');
    if (before !== cell.saved && answer.saved) { undone.push([name, before]); }
    if (is_dirty(cell) && cell.field !== document.activeElement) { save(name); }
  }

  function refuse(name, sent, answer) {
    var cell = cells[name];
    cell.tries = 0;
    if (answer.token) {
      token.value = answer.token;
      save(name);
      return;
    }
    if (answer.theirs !== undefined) {
      /* The other value is known now: saving again is a decision. */
      cell.saved = answer.theirs;
      cell.seen = answer.seen;
    }
    complain(cell, answer.message);
  }

  function again(name) {
    var cell = cells[name];
    var wait = RETRY_AFTER[Math.min(cell.tries, RETRY_AFTER.length - 1)];
    cell.tries += 1;
    setTimeout(function () { save(name); }, wait);
  }

  /* The session ended: everything unsaved goes to the server as a draft of its person, and the
     page keeps it too. Signing in returns to the cell. */
  function stop(words) {
    if (stopped) { return; }
    stopped = words;
    var pairs = [['seen', seen]];
    for (var name in cells) {
      if (is_dirty(cells[name])) { pairs.push([name, cells[name].field.value]); }
    }
    var here = document.activeElement && document.activeElement.id;
    post(pairs, function () {
      bar.textContent = stopped + ' Введённое не пропало. ';
      var link = document.createElement('a');
      link.href = '/sign-in?next=' + encodeURIComponent(
        window.location.pathname + (here ? '#' + here : ''));
      link.textContent = 'Войти снова';
      link.onclick = function () { window.onbeforeunload = null; };
      bar.appendChild(link);
      show();
    });
  }

  /* Moving */

  function column_of(field) {
    var cell = field.parentNode;
    return cell.cellIndex === undefined ? -1 : cell.cellIndex;
  }

  function move(field, down, right) {
    var column = column_of(field) + right;
    var row = field.parentNode.parentNode;
    for (var n = Math.abs(down); n > 0 && row; n -= 1) {
      row = down > 0 ? row.nextElementSibling : row.previousElementSibling;
    }
    var cell = row && row.cells[column];
    var target = cell && cell.querySelector('input[type=text]');
    if (target) { target.focus(); target.select(); }
    return Boolean(target);
  }

  function is_grid(field) {
    return field.tagName === 'INPUT' && field.parentNode.tagName === 'TD' && cells[field.name];
  }

  function put(field, text) {
    var start = field.selectionStart;
    field.value = field.value.slice(0, start) + text + field.value.slice(field.selectionEnd);
    field.selectionStart = field.selectionEnd = start + text.length;
  }

  function cyrillic(event) {
    var code = event.code || '';
    var letter = code.length === 4 && code.indexOf('Key') === 0 ? code.charAt(3) : event.key || '';
    /* Only where a Latin letter would come out: a Cyrillic layout already types its own. */
    if (!/^[a-zA-Z]$/.test(event.key || '')) { return ''; }
    return KEYS[letter.toLowerCase()] || '';
  }

  form.addEventListener('keydown', function (event) {
    var field = event.target;
    if (event.key === 'F2') {
      event.preventDefault();
      all_present();
      return;
    }
    if (!cells[field.name]) { return; }
    if ((event.ctrlKey || event.metaKey) && (event.code === 'KeyZ' || event.keyCode === 90)) {
      if (!is_dirty(cells[field.name]) && undone.length) { event.preventDefault(); undo(); }
      return;
    }
    if (!is_grid(field) || event.ctrlKey || event.altKey || event.metaKey) { return; }
    var at_start = field.selectionStart === 0 && field.selectionEnd === 0;
    var at_end = field.selectionStart === field.value.length;
    var all = field.selectionStart === 0 && field.selectionEnd === field.value.length;
    if (event.key === 'Enter') {
      event.preventDefault();
      if (!move(field, event.shiftKey ? -1 : 1, 0)) { save(field.name); }
    } else if (event.key === 'ArrowDown' || event.key === 'Down') {
      if (move(field, 1, 0)) { event.preventDefault(); }
    } else if (event.key === 'ArrowUp' || event.key === 'Up') {
      if (move(field, -1, 0)) { event.preventDefault(); }
    } else if ((event.key === 'ArrowRight' || event.key === 'Right') && (at_end || all)) {
      if (move(field, 0, 1)) { event.preventDefault(); }
    } else if ((event.key === 'ArrowLeft' || event.key === 'Left') && (at_start || all)) {
      if (move(field, 0, -1)) { event.preventDefault(); }
    } else {
      var letter = cyrillic(event);
      if (letter) { event.preventDefault(); put(field, letter); show(); }
    }
  });

  form.addEventListener('focusout', function (event) {
    if (cells[event.target.name]) { save(event.target.name); }
  });
  form.addEventListener('input', show);

  function undo() {
    var last = undone.pop();
    var cell = cells[last[0]];
    cell.field.value = last[1];
    cell.field.focus();
    var length = undone.length;
    save(last[0]);
    /* Undoing is no change to undo. */
    cell.forget = length;
  }

  function all_present() {
    var box = document.getElementById('attendance-taken');
    if (!box || box.checked) { return; }
    box.checked = true;
    sequence += 1;
    post([['csrf_token', token.value], ['seen', seen], ['page', page], ['sequence', sequence],
      ['attendance-taken', '1']], function (status, answer) {
      if (status !== 200) {
        box.checked = false;
        bar.textContent = answer && answer.message || 'Не удалось отметить посещаемость.';
        return;
      }
      bar.textContent = 'Посещаемость отмечена';
    });
  }

  /* A column out of a spreadsheet goes down from the cell it is pasted into. */
  form.addEventListener('paste', function (event) {
    var field = event.target;
    var clipboard = event.clipboardData || window.clipboardData;
    if (!is_grid(field) || !clipboard) { return; }
    var text = clipboard.getData(event.clipboardData ? 'text/plain' : 'Text');
    text = text.replace(/\r\n?/g, '\n').replace(/\n$/, '');
    if (text.indexOf('\n') < 0 && text.indexOf('\t') < 0) { return; }
    event.preventDefault();
    var lines = text.split('\n').map(function (line) { return line.split('\t'); });
    var targets = [];
    var row = field.parentNode.parentNode;
    var column = column_of(field);
    var fits = true;
    lines.forEach(function (line) {
      line.forEach(function (value, n) {
        var cell = row && row.cells[column + n];
        var target = cell && cell.querySelector('input[type=text]');
        if (!target) { fits = false; return; }
        targets.push([target, value.trim()]);
      });
      row = row && row.nextElementSibling;
    });
    if (!fits) {
      complain(cells[field.name], 'В буфере ' + lines.length + ' строк, столько клеток ниже нет. ' +
        'Ничего не вставлено.');
      return;
    }
    targets.forEach(function (pair) { pair[0].value = pair[1]; });
    targets.forEach(function (pair) { save(pair[0].name); });
    show();
  });

  form.addEventListener('submit', function () { window.onbeforeunload = null; });
  window.onbeforeunload = function () {
    return count_dirty() ? 'Есть несохранённые клетки.' : undefined;
  };
  window.addEventListener('online', function () {
    for (var name in cells) { save(name); }
  });

  if (window.location.hash) {
    var wanted = document.getElementById(window.location.hash.slice(1));
    if (wanted && wanted.focus) { wanted.focus(); }
  }
  /* What came back from a draft or an error page is unsaved. */
  each(form.querySelectorAll('[data-saved]'), function (field) {
    if (cells[field.name]) { cells[field.name].saved = field.getAttribute('data-saved'); }
  });
  bar.hidden = false;
  show();
}());
