/* The register by keyboard, each cell saved when it is left: of a lesson, of a period (the grid),
   of one pupil. For staff only; ES5. Without this script the same page is one form with one
   button. */
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
  var cells = {};    /* name → see below */
  var undone = [];   /* saved changes that can be taken back: {name, was}, newest last */
  var averaged = {}; /* pupil → what the average shown has seen */
  var tries = 0;     /* without an answer, one after another */
  var retry = null;
  var closed = false; /* the register is not theirs any more */
  var ended = false;  /* the session ended */
  var kept = '';      /* what the server keeps for the next sign-in */
  var leaving = '';   /* where to go once it is kept */
  var here = '';      /* the cell that had the focus last */
  var grid = form.querySelector('table.grid');
  var first_work = form.elements['first-work'];
  /* What the page knows of its lessons, by id; of the only one by ''. */
  var lessons = {};
  if (first_work) {
    lessons[''] = { seen: form.elements.seen.value, work: first_work.value };
  } else {
    form.elements.seen.value.split(' ').forEach(function (triple) {
      var parts = triple.split('-');
      lessons[parts[0]] = { seen: parts[1], work: parts[2] };
    });
  }

  function head_of(field) { return grid.rows[0].cells[field.parentNode.cellIndex]; }

  Array.prototype.forEach.call(form.elements, know);

  function know(field) {
    if (field.type !== 'text' && field.type !== 'textarea') { return; }
    var saved = field.getAttribute('data-saved');
    var lesson = (grid ? head_of(field) : field).getAttribute('data-lesson') || '';
    if (!field.id) { field.id = field.name; }
    cells[field.name] = {
      field: field,
      lesson: lesson,
      /* Not `value`: the browser may have put in what was typed before a reload. */
      saved: saved === null ? field.defaultValue : saved,
      beside: field.getAttribute('data-with'), /* a result and its reason are saved together */
      seen: lessons[lesson].seen,
      known: 0,     /* the newest answer that spoke of it */
      sent: null,   /* what a save carries, while it is under way */
      last: null,   /* and afterwards */
      doubt: false, /* a save had no answer: the server may hold it or not */
      told: null,   /* what could not be saved, and its person knows why */
      told_seen: '', /* what the sentence told them, */
      told_work: '' /* and for which work it would be */
    };
  }

  /* The grid's cells are text until somebody goes there: 1,800 fields are too many for an old PC. */
  function open_cell(td) {
    var head = td && grid.rows[0].cells[td.cellIndex];
    var name = head && head.getAttribute('data-cell');
    var row = td && td.parentNode.cells[0];
    if (!name || td.className === 'x' || !row.id) { return null; }
    var field = td.querySelector('input');
    if (field) { return field; }
    var text = td.firstChild && td.firstChild.nodeType === 3 ? td.firstChild : null;
    field = document.createElement('input');
    field.type = 'text';
    field.name = name.replace('*', row.id.slice(1));
    field.defaultValue = text ? text.nodeValue : '';
    field.size = 3;
    field.setAttribute('autocomplete', 'off');
    field.setAttribute('aria-labelledby', row.id + ' ' + head.id);
    if (text) { td.removeChild(text); }
    td.insertBefore(field, td.firstChild);
    know(field);
    return field;
  }

  /* The cell of a name, opened if need be; undefined where the page has none. */
  function find_cell(name) {
    var parts = /^(cell|mark)-(\d+)-(\d+)$/.exec(name);
    var row = grid && parts && document.getElementById('p' + parts[2]);
    if (!cells[name] && row) {
      Array.prototype.forEach.call(grid.rows[0].cells, function (head, column) {
        if (head.getAttribute('data-cell') === parts[1] + '-*-' + parts[3]) {
          open_cell(row.parentNode.cells[column]);
        }
      });
    }
    return cells[name];
  }

  function is_dirty(name) {
    var cell = cells[name];
    return cell.doubt || cell.field.value !== cell.saved;
  }

  function is_under_way(name) { return cells[name].sent !== null; }

  function dirty_names() { return Object.keys(cells).filter(is_dirty); }

  /* What is not saved is visible: at the cell, and as a count. */
  function show() {
    Object.keys(cells).forEach(function (name) {
      var look = is_dirty(name) ? 'dirty' : '';
      if (cells[name].field.className !== look) { cells[name].field.className = look; }
    });
    if (closed || ended) { return; }
    var count = dirty_names().length;
    say(count ? 'Не сохранено клеток: ' + count : 'Всё сохранено', count > 0);
  }

  function say(words, waits) {
    if (bar.textContent !== words) { bar.textContent = words; }
    bar.className = waits ? 'save-state waiting' : 'save-state';
  }

  function complain(name, words, ask) {
    var field = cells[name].field;
    var id = field.id + '-error';
    var old = document.getElementById(id);
    if (old) {
      if (old.parentNode.parentNode.className === 'told') { old = old.parentNode.parentNode; }
      old.parentNode.removeChild(old);
    }
    if (!words) {
      if (old) { look(); }
      field.removeAttribute('aria-invalid');
      if (document.getElementById(field.id + '-note')) {
        field.setAttribute('aria-describedby', field.id + '-note');
      } else {
        field.removeAttribute('aria-describedby');
      }
      return;
    }
    var place = document.createElement('span');
    place.className = 'error';
    place.id = id;
    place.setAttribute('role', 'alert');
    place.textContent = words;
    if (ask) {
      /* A cell whose term of changes is over: what was typed goes along. */
      var link = document.createElement('a');
      link.href = ask;
      link.textContent = 'Попросить завуча';
      link.onclick = function () { field.value = cells[name].saved; show(); };
      place.appendChild(document.createTextNode(' '));
      place.appendChild(link);
    }
    if (grid) {
      /* A line of its own below the cell's: within its column a sentence would be a tower. */
      place.insertBefore(document.createTextNode(whose(field) + ': '), place.firstChild);
      var row = field.parentNode.parentNode;
      var line = document.createElement('tr');
      line.className = 'told';
      line.appendChild(document.createElement('td')).colSpan = row.cells.length;
      line.firstChild.appendChild(place);
      row.parentNode.insertBefore(line, row.nextSibling);
      align();
    } else {
      field.parentNode.insertBefore(place, field);
    }
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', id);
    /* A folded cell that is wrong is unfolded. */
    for (var up = field.parentNode; up !== form; up = up.parentNode) {
      if (up.tagName === 'DETAILS') { up.setAttribute('open', ''); }
    }
    look(place);
  }

  /* However far the grid is scrolled, what is said of a cell begins where its window begins. */
  function align() {
    var box = grid.parentNode;
    Array.prototype.forEach.call(grid.querySelectorAll('.told .error'), function (place) {
      place.style.marginLeft = box.scrollLeft + 'px';
      place.style.width = Math.min(box.clientWidth, grid.offsetWidth) - 16 + 'px';
    });
  }

  /* The cell that is typed into stays in sight, with what is said of it (or with `place`) as far
     as there is room: below the bar, above the keyboard of a phone. */
  function look(place) {
    var field = document.activeElement;
    var told = document.getElementById(field.id + '-error');
    if (!cells[field.name]) { return; }
    var view = window.visualViewport;
    var low = view ? view.offsetTop + view.height : window.innerHeight;
    var high = Math.max(view ? view.offsetTop : 0,
      (grid ? bar.parentNode : bar).getBoundingClientRect().bottom);
    var own = field.getBoundingClientRect();
    var other = (told || place || field).getBoundingClientRect();
    var top = Math.min(own.top, other.top);
    var bottom = Math.max(own.bottom, other.bottom);
    if (bottom - top > low - high) {
      top = told ? Math.max(top, own.bottom - low + high) : own.top;
      bottom = told ? Math.min(bottom, own.top + low - high) : own.bottom;
    }
    window.scrollBy(0, top < high ? top - high : bottom > low ? bottom - low : 0);
  }

  function whose(field) {
    return field.parentNode.parentNode.cells[0].textContent.trim() + ', ' +
      head_of(field).textContent.trim().replace(/\s+/g, ' ');
  }

  /* What was known of the lessons of these cells when they were typed. */
  function knowledge(names) {
    var least = {};
    names.forEach(function (name) {
      var lesson = cells[name].lesson;
      var seen = Number(cells[name].seen);
      if (least[lesson] === undefined || seen < least[lesson]) { least[lesson] = seen; }
    });
    if (first_work) {
      return [['seen', names.length ? least[''] : lessons[''].seen],
        ['first-work', lessons[''].work]];
    }
    return [['seen', Object.keys(least).map(function (lesson) {
      return lesson + '-' + least[lesson] + '-' + (lessons[lesson].work || 0);
    }).join(' ')]];
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

  /* Sends cells that share what they have seen. One save of a cell is under way at a time. What
     could not be saved is sent again once it is another text, or at its person's wish. */
  function save(names) {
    if (closed || locking) { return; }
    if (ended) { keep(); return; }
    var together = {};
    names.forEach(function (name) {
      var cell = cells[name];
      if (!is_dirty(name) || is_under_way(name) || cell.told === cell.field.value) { return; }
      decide(name);
      var key = cell.lesson + '-' + cell.seen;
      (together[key] = together[key] || []).push(name);
    });
    Object.keys(together).forEach(function (key) { send(together[key]); });
    show();
  }

  function heading(names) {
    sequence += 1;
    var pairs = [['csrf_token', token.value], ['page', page], ['sequence', sequence]];
    if (form.elements.period) { pairs.push(['period', form.elements.period.value]); }
    return pairs.concat(knowledge(names));
  }

  function send(names) {
    var pairs = heading(names);
    names.forEach(function (name) {
      var cell = cells[name];
      cell.sent = cell.last = cell.field.value;
      cell.doubt = true;
      cell.told = null;
      pairs.push([name, cell.sent]);
      if (cell.beside && names.indexOf(cell.beside) < 0) {
        pairs.push([cell.beside, cells[cell.beside].field.value]);
      }
    });
    post(pairs, function (status, answer) {
      if ((status === 200 || status === 422) && answer && answer.cells) {
        tries = 0;
        goes_on();
        take(names, answer);
      } else if (status === 422 && answer && answer.token) {
        token.value = answer.token;
        goes_on();
        release(names);
        save(names);
      } else {
        release(names);
        if (status === 401) {
          ended = true;
          keep();
        } else if (status === 403 || status === 404) {
          closed = true;
          say('Этот журнал вам больше не открыт. Введённое осталось на странице.', true);
        } else {
          kept = '';
          again();
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
    Object.keys(answer.cells).forEach(function (name) {
      var result = answer.cells[name];
      if (result.seen === undefined) { result.seen = answer.seen; result.work = answer.work; }
    });
    names.forEach(function (name) {
      var cell = cells[name];
      var result = answer.cells[name] ||
        { value: cell.saved, seen: answer.seen, work: answer.work };
      var sent = cell.sent;
      cell.sent = null;
      cell.doubt = false;
      if (result.error) {
        refuse(name, result);
        /* Something newer was typed meanwhile; against a conflict it has to be decided. */
        if (result.theirs === undefined && cell.field.value !== sent) { cell.told = null; }
      } else {
        complain(name, '');
        /* But not from an answer that a newer one overtook: then sending again says it. */
        if (result.seen >= cell.known) { learn(name, sent, result, answer); }
      }
      if (is_dirty(name) && cell.field !== document.activeElement) { more.push(name); }
    });
    /* Cells that moved with them: «н» in a mark's field is attendance, minutes go with «о». */
    Object.keys(answer.cells).forEach(function (name) {
      var result = answer.cells[name];
      var cell = find_cell(name);
      if (!cell || names.indexOf(name) >= 0 || result.seen < cell.known) { return; }
      cell.known = result.seen;
      if (is_dirty(name)) {
        cell.saved = result.value;
        if (!result.error && !is_dirty(name)) { complain(name, ''); cell.told = null; }
        return;
      }
      if (result.error) {
        put(cell.field, result.typed);
        refuse(name, result);
        return;
      }
      if (answer.saved && cell.saved !== result.value) { remember(name, cell.saved); }
      cell.saved = result.value;
      put(cell.field, result.value);
      cell.seen = String(result.seen);
    });
    /* Saves of two cells are answered in any order: a pupil's older average is none. */
    Object.keys(answer.averages || {}).forEach(function (pupil) {
      var row = document.getElementById('p' + pupil);
      if (!row || !grid || answer.seen < (averaged[pupil] || 0)) { return; }
      averaged[pupil] = answer.seen;
      answer.averages[pupil].forEach(function (text, n) {
        row.parentNode.cells[n + 1].textContent = text || '—';
      });
    });
    if (more.length) { save(more); }
  }

  function learn(name, sent, result, answer) {
    var cell = cells[name];
    var value = result.value;
    /* Somebody else's value, that came instead of one's own, is not one's own to take back. */
    if (cell.saved !== value && (answer.saved || value === sent)) { remember(name, cell.saved); }
    cell.known = result.seen;
    cell.seen = String(result.seen);
    cell.saved = value;
    /* Its usual spelling, unless something newer is being typed. */
    if (cell.field.value === sent) { put(cell.field, value); }
  }

  /* Somebody may be back in the field, with all of it chosen to be typed over: so it stays. Old
     engines let go of the choice even where the value is the same. */
  function put(field, value) {
    if (field.value === value) { return; }
    var chosen = document.activeElement === field && field.value !== '' &&
      field.selectionStart === 0 && field.selectionEnd === field.value.length;
    field.value = value;
    if (chosen) { field.select(); }
  }

  /* Of a conflict the other value was shown: sending again is a decision. Of any other error
     nothing was, so that a conflict beneath it is still one. */
  function refuse(name, result) {
    var cell = cells[name];
    var seen = result.seen;
    var conflicts = result.theirs !== undefined;
    if (seen >= cell.known) {
      cell.known = seen;
      cell.saved = result.value;
    }
    cell.told = cell.field.value;
    cell.told_seen = conflicts ? String(seen) : cell.seen;
    /* Only what is said of a mark says that a work was added meanwhile. */
    cell.told_work = /^(cell|mark|worked)/.test(name) ? result.work : lessons[cell.lesson].work;
    complain(name, result.error, result.ask);
  }

  /* Whoever was told what is wrong has read it, and goes on from there. */
  function decide(name) {
    var cell = cells[name];
    if (cell.told !== null) {
      cell.seen = cell.told_seen;
      lessons[cell.lesson].work = cell.told_work;
      if (first_work) { first_work.value = cell.told_work; }
    }
    cell.told = null;
  }

  /* No answer: all that has none is sent again, but what is being typed waits until it is left. */
  function again() {
    if (retry !== null) { return; }
    var wait = RETRY_AFTER[Math.min(tries, RETRY_AFTER.length - 1)];
    tries += 1;
    retry = setTimeout(send_again, wait);
  }

  function send_again() {
    clearTimeout(retry);
    retry = null;
    save(Object.keys(cells).filter(function (name) {
      var cell = cells[name];
      return cell.doubt &&
        (cell.field !== document.activeElement || cell.field.value === cell.last);
    }));
  }

  /* The session ended. All that is unsaved goes to the server, which keeps it for its person, and
     stays in the page; signing in leads back to the cell. Where its person signed in anew in
     another tab, it is saved. */
  function keep() {
    var names = dirty_names();
    /* Whatever arrived later would be kept in its place. */
    if (Object.keys(cells).some(is_under_way)) { return; }
    var text = JSON.stringify(names.map(function (name) { return cells[name].field.value; }));
    if (!names.length || kept === text) { offer(); return; }
    kept = text;
    send(names);
  }

  function goes_on() {
    ended = false;
    leaving = '';
  }

  function offer() {
    if (leaving) {
      window.onbeforeunload = null;
      window.location.href = leaving;
      return;
    }
    if (bar.querySelector('a')) { return; }
    say('Сеанс закончился. Введённое осталось на странице. ', true);
    var link = document.createElement('a');
    link.textContent = 'Войти и вернуться к этой клетке';
    link.onclick = function (event) {
      event.preventDefault();
      leaving = link.href;
      keep();
    };
    bar.appendChild(link);
    aim();
  }

  function aim() {
    var link = bar.querySelector('a');
    if (link) {
      link.href = '/sign-in?next=' +
        encodeURIComponent(window.location.pathname + window.location.search +
          (here ? '#' + here : ''));
    }
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
    return cell && (grid ? open_cell(cell) : cell.querySelector('td > input'));
  }

  /* The next pupil's row, or the one before. */
  function beside(row, down) {
    do {
      row = down > 0 ? row.nextElementSibling : row.previousElementSibling;
    } while (row && row.className === 'told');
    return row;
  }

  function move(field, down, right) {
    var row = field.parentNode.parentNode;
    var column = field.parentNode.cellIndex;
    var target = null;
    /* Over what cannot be typed into. */
    while (!target && row && row.cells[column]) {
      column += right;
      if (down) { row = beside(row, down); }
      target = field_at(row, column);
    }
    if (target) { target.focus(); target.select(); }
    return Boolean(target);
  }

  function leave(name) {
    if (!is_dirty(name)) { /* what stands in the register: nothing is wrong with it */
      decide(name);
      complain(name, '');
    }
    save([name]);
  }

  function first_mark() {
    var field = form.querySelector('td > input[name^=mark-], td > input[name^=cell-]');
    if (field) { field.focus(); }
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

  document.addEventListener('keydown', function (event) {
    var field = event.target;
    if (covered) {
      event.preventDefault();
      if (event.key === 'F9') { lock(); } else { cover(false); }
      return;
    }
    if (event.key === 'F8') { event.preventDefault(); cover(true); return; }
    if (event.key === 'F9') { event.preventDefault(); lock(); return; }
    if (event.key === 'F2' && form.elements['attendance-taken']) {
      event.preventDefault();
      all_present();
      if (!is_grid(field)) { first_mark(); }
      return;
    }
    if ((event.ctrlKey || event.metaKey) && (event.code === 'KeyZ' || event.keyCode === 90)) {
      /* While a cell is being typed the browser's own undo is at work. */
      if (cells[field.name] && !is_dirty(field.name)) { event.preventDefault(); take_back(); }
      return;
    }
    if (!is_grid(field) || event.ctrlKey || event.altKey || event.metaKey) { return; }
    var length = field.value.length;
    /* In the grid arrows go from cell to cell as in a spreadsheet, also while typing. */
    var all = grid || (field.selectionStart === 0 && field.selectionEnd === length);
    var moved = false;
    switch (event.key) {
      case 'Enter':
        event.preventDefault();
        decide(field.name);
        if (!move(field, event.shiftKey ? -1 : 1, 0)) { leave(field.name); }
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
    if (cells[event.target.name]) { leave(event.target.name); }
  });
  form.addEventListener('focusin', function (event) {
    if (cells[event.target.name]) { here = event.target.id; aim(); tell(event.target); }
    if (event.target.getAttribute('aria-invalid')) { look(); }
  });

  /* Names and dates may be scrolled away: whose cell it is stands above. */
  function tell(field) {
    var line = document.getElementById('where');
    if (!line) { return; }
    line.textContent = whose(field) + '. ';
    var link = document.createElement('a');
    link.href = '/gradebook/lessons/' + cells[field.name].lesson + '/history?pupil=' +
      field.parentNode.parentNode.cells[0].id.slice(1);
    link.textContent = 'История записей';
    line.appendChild(link);
  }

  (window.visualViewport || window).addEventListener('resize', function () {
    if (grid) { align(); }
    if (document.activeElement.getAttribute('aria-invalid')) { look(); }
  });

  if (grid) {
    grid.parentNode.addEventListener('scroll', align);
    grid.addEventListener('click', function (event) {
      var td = event.target;
      while (td && td !== grid && td.tagName !== 'TD') { td = td.parentNode; }
      if (event.target.tagName === 'A' || event.target.tagName === 'INPUT') { return; }
      var field = td && td.tagName === 'TD' ? open_cell(td) : null;
      if (field) { field.focus(); field.select(); }
    });
    /* To begin with, the newest lesson is in sight, and the Tab key finds its first pupil. Where
       letters are so large that the names scroll away, it begins with the names: cells of nobody
       say nothing. */
    var names_go = /\bbig\b/.test(document.documentElement.className) &&
      getComputedStyle(grid.rows[0].cells[0]).position === 'static';
    var held = grid.querySelectorAll('th[data-held]');
    var newest = held[held.length - 1];
    if (newest) {
      if (!names_go) {
        grid.parentNode.scrollLeft = newest.offsetLeft - grid.parentNode.clientWidth / 2;
      }
      if (grid.tBodies[0].rows[0]) { open_cell(grid.tBodies[0].rows[0].cells[newest.cellIndex]); }
    }
  }

  /* H5: a key for the projector, one for leaving the room. */
  var covered = false;
  var uncovered_at = null;
  var title = document.title;

  function cover(on) {
    var main = document.getElementById('main');
    var said = document.getElementById('said');
    if (on && !covered) { uncovered_at = document.activeElement; }
    covered = on;
    main.style.visibility = on ? 'hidden' : '';
    document.title = on ? 'Листок' : title;
    said.textContent = '';
    if (on) {
      var words = document.createElement('p');
      words.textContent = 'Скрыто с экрана. Любая клавиша или щелчок покажет журнал снова.';
      said.appendChild(words);
    } else if (uncovered_at && uncovered_at.focus) {
      uncovered_at.focus();
    }
  }
  document.addEventListener('click', function (event) {
    if (covered) { event.preventDefault(); cover(false); }
  }, true);

  /* The same for a pointer without a keyboard; of no use without this script, so made by it. */
  var lock_button = form.querySelector('button[name=lock]');
  if (lock_button) {
    var hide_button = document.createElement('button');
    hide_button.type = 'button';
    hide_button.className = 'second';
    hide_button.textContent = 'Скрыть с экрана';
    hide_button.addEventListener('click', function () { cover(true); });
    lock_button.parentNode.insertBefore(hide_button, lock_button);
    lock_button.parentNode.insertBefore(document.createTextNode(' '), lock_button);
  }

  /* Until it is answered nothing else is sent: a cell that is left because it is hidden would
     overtake the lock, which then had nothing to keep of it. */
  var locking = false;
  function lock() {
    locking = true;
    cover(true);
    var pairs = heading(dirty_names()).concat([['lock', '1']], dirty_names().map(function (name) {
      return [name, cells[name].field.value];
    }));
    post(pairs, function (status, answer) {
      if (answer && answer.locked) {
        window.onbeforeunload = null;
        window.location.href = answer.locked + encodeURIComponent(here ? '#' + here : '');
        return;
      }
      locking = false;
      if (answer && answer.token) {
        token.value = answer.token;
        lock();
      } else if (status === 401) {
        ended = true;
        cover(false);
        keep();
      } else {
        document.getElementById('said').firstChild.textContent =
          'Нет связи: экран скрыт, но не заблокирован. Нажмите F9 ещё раз.';
      }
    });
  }
  form.addEventListener('input', show);

  function all_present() {
    var box = form.elements['attendance-taken'];
    if (!box || box.checked) { return; }
    box.checked = true;
    post(heading([]).concat([['attendance-taken', '1']]), function (status, answer) {
      box.checked = status === 200;
      if (status === 401) { ended = true; keep(); return; }
      if (status === 200 || status === 422) { goes_on(); }
      if (answer && answer.token) { token.value = answer.token; all_present(); return; }
      var result = answer && answer.cells && answer.cells['attendance-taken'];
      say(status === 200 ? 'Посещаемость отмечена'
        : result && result.error || 'Нет связи, посещаемость не отмечена. Нажмите F2 ещё раз.',
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
      row = row && beside(row, 1);
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

  /* The button saves all that is left as a form does, page and all; as a save of this page, so
     that those before it are no conflict, nor may they come after it. */
  form.addEventListener('submit', function () {
    window.onbeforeunload = null;
    sequence += 1;
    hide('page', page);
    hide('sequence', sequence);
  });

  function hide(name, value) {
    var field = form.elements[name];
    if (!field) {
      field = document.createElement('input');
      field.type = 'hidden';
      field.name = name;
      form.appendChild(field);
    }
    field.value = value;
  }

  window.onbeforeunload = function () {
    return dirty_names().length ? 'Есть несохранённые клетки.' : undefined;
  };
  window.addEventListener('online', send_again);
  window.addEventListener('focus', function () { if (ended) { kept = ''; keep(); } });

  if (window.location.hash.length > 1) {
    var wanted = document.getElementById(window.location.hash.slice(1));
    if (!wanted && find_cell(window.location.hash.slice(1))) {
      wanted = cells[window.location.hash.slice(1)].field;
    }
    if (wanted && cells[wanted.name]) { wanted.focus(); }
  }
  show();
}());
