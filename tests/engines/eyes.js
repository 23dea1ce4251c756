/* What somebody sees and points at in a page, for whichever engine runs it. ES5. */
window.eyes = window.eyes || (function () {
  'use strict';

  function plain(text) { return String(text || '').replace(/[\s\u00ad]+/g, ' ').trim(); }

  /* Folded away: new engines still give it a place. */
  function is_folded(element) {
    for (var up = element; up && up !== document.body; up = up.parentNode) {
      if (up.parentNode && up.parentNode.tagName === 'DETAILS' && up.tagName !== 'SUMMARY' &&
          !up.parentNode.hasAttribute('open')) { return true; }
    }
    return false;
  }

  function is_seen(element) {
    if (is_folded(element)) { return false; }
    if (!element.getClientRects().length) { return false; }
    var box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > 0 &&
      window.getComputedStyle(element).visibility !== 'hidden';
  }

  function all(selector, root) {
    return Array.prototype.slice.call((root || document).querySelectorAll(selector));
  }

  function names_of(field) {
    var found = [field.getAttribute('aria-label')];
    if (field.id) {
      all('label[for="' + field.id + '"]').forEach(function (label) {
        found.push(label.textContent);
      });
    }
    return found.concat(field.id).map(plain);
  }

  var KINDS = {
    link: ['a[href]', function (e) { return [plain(e.textContent)]; }],
    button: ['button', function (e) { return [plain(e.textContent)]; }],
    fold: ['summary', function (e) { return [plain(e.textContent)]; }],
    field: ['input, textarea, select', names_of]
  };

  function find(kind, words) {
    var candidates = all(KINDS[kind][0]).filter(is_seen);
    var names = candidates.map(KINDS[kind][1]);
    function first(fits) {
      for (var n = 0; n < candidates.length; n += 1) {
        if (names[n].some(fits)) { return candidates[n]; }
      }
      return null;
    }
    return first(function (name) { return name === words; }) ||
      first(function (name) { return name.indexOf(words) === 0; }) ||
      first(function (name) { return name.indexOf(words) >= 0; });
  }

  /* Into the middle of the screen: not below what sticks to its top. */
  function bring(target) {
    target.scrollIntoView();
    var box = target.getClientRects()[0];
    window.scrollTo(0, box.top + window.pageYOffset - window.innerHeight / 2);
  }

  /* Where to point at, in sight; null where there is nothing (yet: without its style sheet a page
     is of another height). */
  function aim(kind, words) {
    if (document.readyState !== 'complete') { return null; }
    var target = find(kind, words);
    if (!target) { return null; }
    bring(target);
    var box = target.getClientRects()[0];
    return [box.left + Math.min(box.width / 2, 200), box.top + box.height / 2];
  }

  function chosen(words, option) {
    var field = find('field', words);
    var found = field && all('option', field).filter(function (one) {
      return plain(one.textContent).indexOf(option) >= 0;
    })[0];
    if (!found) { return false; }
    field.value = found.value;
    var event = document.createEvent('HTMLEvents');
    event.initEvent('change', true, false);
    field.dispatchEvent(event);
    return true;
  }

  function say(element) {
    return element.tagName.toLowerCase() + (element.className ? '.' + element.className : '') +
      ' «' + plain(element.textContent || element.value).slice(0, 40) + '»';
  }

  function scrolls(element) {
    for (var up = element; up && up !== document.body; up = up.parentNode) {
      var style = window.getComputedStyle(up);
      if (/auto|scroll/.test(style.overflowX)) { return true; }
    }
    return false;
  }

  function sticks(element) {
    for (var up = element; up && up !== document.body; up = up.parentNode) {
      if (/sticky|fixed/.test(window.getComputedStyle(up).position)) { return true; }
    }
    return false;
  }

  function is_for_ears(element) {
    for (var up = element; up && up !== document.body; up = up.parentNode) {
      var style = window.getComputedStyle(up);
      if (style.clip !== 'auto' && style.position === 'absolute') { return true; }
    }
    return false;
  }

  /* Every line of text, with where it stands. */
  function lines() {
    var found = [];
    var walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, null, false);
    while (walker.nextNode()) {
      var node = walker.currentNode;
      var element = node.parentNode;
      if (!plain(node.nodeValue) || /^(SCRIPT|STYLE|OPTION|TEXTAREA|NOSCRIPT)$/.test(element.tagName)) {
        continue;
      }
      var style = window.getComputedStyle(element);
      if (style.visibility === 'hidden' || is_for_ears(element) || is_folded(element)) {
        continue;
      }
      var range = document.createRange();
      range.selectNodeContents(node);
      var boxes = range.getClientRects();
      for (var n = 0; n < boxes.length; n += 1) {
        var box = boxes[n];
        if (box.width > 1 && box.height > 1 && box.right > 0) {
          found.push({ box: box, element: element, node: node });
        }
      }
    }
    return found;
  }

  function faults() {
    var found = [];
    var root = document.documentElement;
    var shown = root.clientWidth;
    window.scrollTo(0, 0);
    if (root.scrollWidth > shown + 1) {
      found.push('wider than the screen: ' + root.scrollWidth + ' of ' + shown);
    }
    var texts = lines();
    texts.forEach(function (line) {
      if (line.box.right > shown + 1 && !scrolls(line.element)) {
        found.push('sticks out: ' + say(line.element));
      }
    });
    for (var a = 0; a < texts.length; a += 1) {
      if (sticks(texts[a].element)) { continue; }
      for (var b = a + 1; b < texts.length; b += 1) {
        if (texts[a].node === texts[b].node) { continue; }
        var one = texts[a].box;
        var other = texts[b].box;
        var across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
        var down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (across > 3 && down > 5 && !sticks(texts[b].element)) {
          found.push('overlap: ' + say(texts[a].element) + ' and ' + say(texts[b].element));
        }
      }
    }
    all('body *').forEach(function (element) {
      var style = window.getComputedStyle(element);
      if (/hidden|clip/.test(style.overflowX) && is_seen(element) &&
          !/^(INPUT|SELECT|TEXTAREA|BUTTON|svg)$/.test(element.tagName) && !element.ownerSVGElement &&
          element.scrollWidth > element.clientWidth + 1 && plain(element.textContent)) {
        found.push('cut: ' + say(element));
      }
    });
    all('a[href], button, input, select, textarea, summary').forEach(function (target) {
      if (target.type === 'hidden' || !is_seen(target) || is_for_ears(target)) { return; }
      bring(target);
      var box = target.getClientRects()[0];
      if (box.left < -1 || (box.right > shown + 1 && !scrolls(target))) {
        found.push('out of reach: ' + say(target));
        return;
      }
      var x = Math.min(box.left + box.width / 2, shown - 1);
      var hit = document.elementFromPoint(x, box.top + box.height / 2);
      if (hit && hit !== target && !target.contains(hit) && !hit.contains(target) &&
          !(hit.tagName === 'LABEL' && hit.htmlFor === target.id)) {
        found.push('covered: ' + say(target) + ' by ' + say(hit));
      }
    });
    window.scrollTo(0, 0);
    return found.slice(0, 12);
  }

  return {
    aim: aim,
    chosen: chosen,
    faults: faults,
    words: function () { return plain(document.body ? document.body.innerText : ''); },
    value: function (words) { var field = find('field', words); return field && field.value; },
    ready: function (words) {
      var field = find('field', words);
      if (field) { field.focus(); if (field.select) { field.select(); } }
      return Boolean(field);
    }
  };
}());
