/* The register by keyboard, each cell saved when it is left. For staff only; ES5.
   Without this script the same page is one form with one button. */
(function () {
  'use strict';

  var form = document.getElementById('register');
  if (!form || !window.XMLHttpRequest || !window.JSON) { return; }

  var SAVE_TIMEOUT = 15000;
  var RETRY_AFTER = [1000, 3000, 10000, 30000];
  /* Latin letters by their key, as they stand on a Russian keyboard: the key of «y» is «н». */
  var KEYS = {
    q: 'й', w: 'ц', e: 'у', r: 'к', t: 'е', y: 'н', u: 'г', i: 'ш', o: 'щ', p: 'з', a: 'ф', s: 'ы',
    d: 'в', f: 'а', g: 'п', h: 'р', j: 'о', k: 'л', l: 'д', z: 'я', x: 'ч', c: 'с', v: 'м', b: 'и',
    n: 'т', m: 'ь'
  };

  var bar = document.getElementById('unsaved');
  var token = form.querySelector('[name=csrf_token]');
  var page = form.getAttribute('data-page');
  var sequence = 0;
  var cells = {};    /* name → {field, saved, seen, number, sent, tries} */
  var undone = [];   /* saved changes that can be taken back: {name, was}, newest last */
  var stopped = '';  /* why nothing is sent any more */

  Array.prototype.forEach.call(form.elements, function (field) {
    if (field.type !== 'text' && field.type !== 'textarea') { return; }
    var saved = field.getAttribute('data-saved');
    cells[field.name] = {
      field: field,
      saved: saved === null ? field.value : saved,
      seen: form.elements.seen.value,
      number: 0,   /* of the newest save */
      sent: null,  /* what that save carries, while it is under way */
      tries: 0,
      timer: null
    };
  });

  function is_dirty(name) { return cells[name].field.value !== cells[name].saved; }

  function dirty_names() { return Object.keys(cells).filter(is_dirty); }

  /* What is not saved is visible: at the cell, and as a count. */
  function show() {
    Object.keys(cells).forEach(function (name) {
      var waits = is_dirty(name) || cells[name].sent !== null;
      cells[name].field.className = waits ? 'dirty' : '';
    });
    if (stopped) { return; }
    var count = dirty_names().length;
    say(count ? 'Не сохранено клеток: ' + count : 'Всё сохранено', count > 0);
  }

  function say(words, waits) {
    if (bar.textContent !== words) { bar.textContent = words; }
    bar.className = waits ? 'save-state waiting' : 'save-state';
  }

  function complain(name, words) {
    var field = cells[name].field;
    var id = field.id + '-error';
    var old = document.getElementById(id);
    if (old) { old.parentNode.removeChild(old); }
    if (!words) {
      field.removeAttribute('aria-invalid');
      field.removeAttribute('aria-describedby');
      return;
    }
    var place = document.createElement('span');
    place.className = 'error';
    place.id = id;
    place.setAttribute('role', 'alert');
    place.textContent = words;
    field.parentNode.insertBefore(place, field);
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', id);
    /* A folded cell that is wrong is unfolded. */
    for (var up = field.parentNode; up !== form; up = up.parentNode) {
      if (up.tagName === 'DETAILS') { up.setAttribute('open', ''); }
    }
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
      try { answer = JSON.parse(xhr.responseText); } catch (cut_off) { answer = null; }
      done(xhr.status, answer);
    };
    xhr.onerror = xhr.ontimeout = xhr.onabort = function () { done(0, null); };
    xhr.send(pairs.map(function (pair) {
      return encodeURIComponent(pair[0]) + '=' + encodeURIComponent(pair[1]);
    }).join('&'));
  }

  /* Sends cells that share what they have seen. One save of a cell is under way at a time. */
  function save(names) {
    if (stopped) { return; }
    var wanted = names.filter(function (name) {
      return is_dirty(name) && cells[name].sent === null;
    });
    var by_seen = {};
    wanted.forEach(function (name) {
      (by_seen[cells[name].seen] = by_seen[cells[name].seen] || []).push(name);
    });
    Object.keys(by_seen).forEach(function (seen) { send(by_seen[seen], seen); });
    show();
  }

  function send(names, seen) {
    sequence += 1;
    var number = sequence;
    var pairs = [['csrf_token', token.value], ['seen', seen], ['page', page],
      ['sequence', number]];
    names.forEach(function (name) {
      var cell = cells[name];
      clearTimeout(cell.timer);
      cell.number = number;
      cell.sent = cell.field.value;
      pairs.push([name, cell.sent]);
    });
    post(pairs, function (status, answer) {
      /* An answer to a save that a later one overtook says nothing any more. */
      var mine = names.filter(function (name) { return cells[name].number === number; });
      if ((status === 200 || status === 422) && answer && answer.cells) {
        take(mine, answer);
      } else if (status === 422 && answer && answer.token) {
        token.value = answer.token;
        release(mine);
        save(mine);
      } else {
        release(mine);
        if (status === 401) {
          stop('Сеанс закончился.');
        } else if (status === 403 || status === 404) {
          stop('Этот журнал вам больше не открыт.');
        } else {
          mine.forEach(again);
        }
      }
      show();
    });
  }

  function release(names) {
    names.forEach(function (name) { cells[name].sent = null; });
  }

  function take(names, answer) {
    var more = [];
    names.forEach(function (name) {
      var cell = cells[name];
      var result = answer.cells[name] || { value: cell.saved };
      var sent = cell.sent;
      cell.sent = null;
      cell.tries = 0;
      cell.seen = String(answer.seen);
      if (result.error) {
        /* Of a conflict the other value is known now: sending again is a decision. */
        cell.saved = result.theirs === undefined ? cell.saved : result.theirs;
        complain(name, result.error);
      } else {
        complain(name, '');
        if (cell.saved !== result.value) { remember(name, cell.saved); }
        cell.saved = result.value;
        /* Its usual spelling, unless something newer is being typed. */
        if (cell.field.value === sent) { cell.field.value = result.value; }
        if (is_dirty(name) && cell.field !== document.activeElement) { more.push(name); }
      }
    });
    /* Cells that moved with them: «н» in a mark's field is attendance. */
    Object.keys(answer.cells).forEach(function (name) {
      if (!cells[name] || names.indexOf(name) >= 0 || is_dirty(name)) { return; }
      if (cells[name].saved !== answer.cells[name].value) { remember(name, cells[name].saved); }
      cells[name].saved = cells[name].field.value = answer.cells[name].value;
      cells[name].seen = String(answer.seen);
    });
    if (more.length) { save(more); }
  }

  function again(name) {
    var cell = cells[name];
    var wait = RETRY_AFTER[Math.min(cell.tries, RETRY_AFTER.length - 1)];
    cell.tries += 1;
    clearTimeout(cell.timer);
    cell.timer = setTimeout(function () { save([name]); }, wait);
  }

  /* The session ended. What is unsaved goes to the server, which keeps it for its person, and
     stays in the page; signing in leads back to the cell. */
  function stop(words) {
    if (stopped) { return; }
    stopped = words;
    var pairs = [['seen', form.elements.seen.value]];
    dirty_names().forEach(function (name) { pairs.push([name, cells[name].field.value]); });
    var here = document.activeElement && document.activeElement.id || '';
    post(pairs, function () {
      say(words + ' Введённое осталось на странице. ', true);
      var link = document.createElement('a');
      link.href = '/sign-in?next=' +
        encodeURIComponent(window.location.pathname + (here ? '#' + here : ''));
      link.textContent = 'Войти и вернуться к этой клетке';
      link.onclick = function () { window.onbeforeunload = null; };
      bar.appendChild(link);
    });
  }

  /* Taking back: only one's own, only what was saved from this page. */
  var taking_back = '';

  function remember(name, was) {
    if (taking_back === name) { taking_back = ''; return; }
    undone.push({ name: name, was: was });
  }

  function take_back() {
    var last = undone.pop();
    if (!last) { return; }
    taking_back = last.name;
    cells[last.name].field.value = last.was;
    cells[last.name].field.focus();
    save([last.name]);
  }

  /* Moving */

  function is_grid(field) {
    return field.type === 'text' && field.parentNode.tagName === 'TD';
  }

  function field_at(row, column) {
    var cell = row && row.cells[column];
    return cell && cell.querySelector('td > input');
  }

  function move(field, down, right) {
    var row = field.parentNode.parentNode;
    var column = field.parentNode.cellIndex + right;
    if (down) { row = down > 0 ? row.nextElementSibling : row.previousElementSibling; }
    var target = field_at(row, column);
    if (target) { target.focus(); target.select(); }
    return Boolean(target);
  }

  function cyrillic(event) {
    if (!/^[a-z]$/i.test(event.key || '')) { return ''; }
    var by_place = /^Key([A-Z])$/.exec(event.code || '');
    return KEYS[(by_place ? by_place[1] : event.key).toLowerCase()];
  }

  function type(field, letter) {
    var from = field.selectionStart;
    field.value = field.value.slice(0, from) + letter + field.value.slice(field.selectionEnd);
    field.selectionStart = field.selectionEnd = from + 1;
    show();
  }

  form.addEventListener('keydown', function (event) {
    var field = event.target;
    if (event.key === 'F2') {
      event.preventDefault();
      all_present();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && (event.code === 'KeyZ' || event.keyCode === 90)) {
      /* While a cell is being typed the browser's own undo is at work. */
      if (cells[field.name] && !is_dirty(field.name)) { event.preventDefault(); take_back(); }
      return;
    }
    if (!is_grid(field) || event.ctrlKey || event.altKey || event.metaKey) { return; }
    var length = field.value.length;
    var all = field.selectionStart === 0 && field.selectionEnd === length;
    var moved = false;
    switch (event.key) {
      case 'Enter':
        event.preventDefault();
        if (!move(field, event.shiftKey ? -1 : 1, 0)) { save([field.name]); }
        return;
      case 'ArrowDown': case 'Down': moved = move(field, 1, 0); break;
      case 'ArrowUp': case 'Up': moved = move(field, -1, 0); break;
      case 'ArrowRight': case 'Right':
        moved = (all || field.selectionStart === length) && move(field, 0, 1); break;
      case 'ArrowLeft': case 'Left':
        moved = (all || field.selectionEnd === 0) && move(field, 0, -1); break;
      default:
        var letter = cyrillic(event);
        if (letter) { event.preventDefault(); type(field, letter); }
        return;
    }
    if (moved) { event.preventDefault(); }
  });

  /* focusout bubbles, blur does not; Chromium 49 knows both. */
  form.addEventListener('focusout', function (event) {
    if (cells[event.target.name]) { save([event.target.name]); }
  });
  form.addEventListener('input', show);

  function all_present() {
    var box = form.elements['attendance-taken'];
    if (!box || box.checked) { return; }
    box.checked = true;
    sequence += 1;
    post([['csrf_token', token.value], ['seen', form.elements.seen.value], ['page', page],
      ['sequence', sequence], ['attendance-taken', '1']], function (status, answer) {
      if (status === 401) { stop('Сеанс закончился.'); return; }
      box.checked = status === 200;
      var result = answer && answer.cells && answer.cells['attendance-taken'];
      say(status === 200 ? 'Посещаемость отмечена'
        : result && result.error || 'Посещаемость не отмечена: нет связи. Нажмите F2 ещё раз.',
      status !== 200);
    });
  }
  if (form.elements['attendance-taken']) {
    form.elements['attendance-taken'].addEventListener('change', function () {
      if (this.checked) { this.checked = false; all_present(); }
    });
  }

  /* Columns out of a spreadsheet go down from the cell they are pasted into: all or nothing. */
  form.addEventListener('paste', function (event) {
    var field = event.target;
    var clipboard = event.clipboardData || window.clipboardData;
    if (!is_grid(field) || !clipboard) { return; }
    var text = clipboard.getData(event.clipboardData ? 'text/plain' : 'Text');
    var lines = text.replace(/\r\n?/g, '\n').replace(/\n+$/, '').split('\n');
    if (lines.length < 2 && lines[0].indexOf('\t') < 0) { return; }
    event.preventDefault();
    var pasted = [];
    var row = field.parentNode.parentNode;
    var column = field.parentNode.cellIndex;
    var missing = 0;
    lines.forEach(function (line) {
      line.split('\t').forEach(function (value, n) {
        var target = field_at(row, column + n);
        if (target) { pasted.push([target, value.trim()]); } else { missing += 1; }
      });
      row = row && row.nextElementSibling;
    });
    if (missing) {
      complain(field.name, 'Вставляется строк: ' + lines.length + ', а клеток для них не ' +
        'хватает (' + missing + '). Ничего не вставлено: проверьте, с какого ученика начать.');
      return;
    }
    complain(field.name, '');
    pasted.forEach(function (pair) { pair[0].value = pair[1]; });
    save(pasted.map(function (pair) { return pair[0].name; }));
  });

  /* The button saves all that is left as a form does, page and all. */
  form.addEventListener('submit', function () { window.onbeforeunload = null; });
  window.onbeforeunload = function () {
    return dirty_names().length ? 'Есть несохранённые клетки.' : undefined;
  };
  window.addEventListener('online', function () { save(dirty_names()); });

  if (window.location.hash.length > 1) {
    var wanted = document.getElementById(window.location.hash.slice(1));
    if (wanted && cells[wanted.name]) { wanted.focus(); }
  }
  show();
}());
