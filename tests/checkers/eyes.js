/* What axe-core and HTML_CodeSniffer do not see. Each function returns sentences; none: all well. */
(function () {
  'use strict';

  var FOCUSABLE = 'a[href], button, input:not([type=hidden]), select, textarea, summary';

  function name(element) {
    var words = (element.getAttribute('aria-label') || element.textContent || element.name || '');
    words = words.replace(/\s+/g, ' ').trim().slice(0, 40);
    return element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') + ' «' + words + '»';
  }

  function shown(element) {
    var box = element.getBoundingClientRect();
    var style = getComputedStyle(element);
    if (style.visibility === 'hidden' || style.display === 'none') { return false; }
    if (element.checkVisibility && !element.checkVisibility()) { return false; }
    return box.width > 1 && box.height > 1 && box.right > 0;
  }

  function focusable() {
    return Array.prototype.filter.call(document.querySelectorAll(FOCUSABLE), function (element) {
      return !element.disabled && (!element.checkVisibility || element.checkVisibility());
    });
  }

  /* Focus is seen wherever it goes: a line around it, on the screen, under nothing. */
  function focus() {
    var found = [];
    focusable().forEach(function (element) {
      element.focus();
      if (document.activeElement !== element) {
        found.push('cannot be focused: ' + name(element));
        return;
      }
      var style = getComputedStyle(element);
      if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) {
        found.push('focus is not seen: ' + name(element));
      } else if (contrast(style.outlineColor, ground(element.parentElement)) < 3) {
        found.push('focus is hardly seen: ' + style.outlineColor + ' around ' + name(element));
      }
      var box = element.getBoundingClientRect();
      if (box.width < 1 || box.right <= 0 || box.bottom <= 0) {
        found.push('focus goes where nothing is: ' + name(element));
        return;
      }
      element.scrollIntoView({block: 'nearest'});
      box = element.getClientRects()[0];
      var x = Math.min(Math.max(box.left + Math.min(box.width / 2, 12), 1), innerWidth - 1);
      var y = box.top + box.height / 2;
      var top = document.elementFromPoint(x, y);
      if (top && top !== element && !element.contains(top) && !top.contains(element)) {
        found.push('focus is hidden under ' + name(top) + ': ' + name(element));
      }
    });
    if (document.activeElement) { document.activeElement.blur(); }
    scrollTo(0, 0);
    return found;
  }

  /* Tab goes the way people read: never back up to a line that lies wholly above. */
  function order() {
    var found = [], before = null;
    focusable().filter(shown).forEach(function (element) {
      var box = element.getClientRects()[0];
      /* Columns side by side in a cell of a table are one place. */
      if (before && box.bottom <= before.box.top && !sameCell(element, before.element)) {
        found.push('Tab goes back up, from ' + name(before.element) + ' to ' + name(element));
      }
      before = {element: element, box: box};
    });
    return found;
  }

  function sameCell(one, other) {
    var row = one.closest('tr');
    return row !== null && row === other.closest('tr');
  }

  /* WCAG 2.5.8 everywhere; 44 px where families press: what stands alone, not in a sentence. */
  function targets() {
    var found = [];
    focusable().filter(shown).forEach(function (element) {
      var box = element.getBoundingClientRect();
      var label = element.labels && element.labels[0];
      if (label && /checkbox|radio/.test(element.type)) {
        box = {width: box.width + label.getBoundingClientRect().width,
               height: Math.max(box.height, label.getBoundingClientRect().height)};
      }
      if (isInline(element)) { return; }
      var least = element.closest('table, details, fieldset') ? 24 : 44;
      if (box.height < least - 0.5 || box.width < 24) {
        found.push('only ' + Math.round(box.width) + ' × ' + Math.round(box.height) +
                   ' px to press: ' + name(element));
      }
    });
    return found;
  }

  function isInline(element) {
    return element.tagName === 'A' && getComputedStyle(element).display === 'inline';
  }

  /* Nothing sticks out to the right, is cut, or lies over something else. */
  function layout() {
    var root = document.documentElement, found = [], texts = [];
    if (root.scrollWidth > root.clientWidth) {
      Array.prototype.filter.call(document.body.querySelectorAll('*'), function (element) {
        return element.getBoundingClientRect().right > root.clientWidth + 1;
      }).slice(0, 3).forEach(function (element) {
        found.push('sticks out of ' + root.clientWidth + ' px: ' + name(element));
      });
      if (!found.length) { found.push('scrolls sideways at ' + root.clientWidth + ' px'); }
    }
    Array.prototype.forEach.call(document.body.querySelectorAll('*'), function (element) {
      if (!shown(element) || element.closest('.unseen')) { return; }
      var isField = element.matches('input, select, textarea');
      var style = getComputedStyle(element);
      if (!isField && /hidden|clip/.test(style.overflow + style.overflowX + style.overflowY) &&
          wordsLieOutside(element)) {
        found.push('cut off: ' + name(element));
      }
      var own = Array.prototype.some.call(element.childNodes, function (node) {
        return node.nodeType === 3 && node.nodeValue.trim();
      });
      if (own || element.matches('input, select, textarea, button')) { texts.push(element); }
    });
    return found.concat(overlaps(texts));
  }

  function wordsLieOutside(element) {
    var box = element.getBoundingClientRect(), node, rects, i;
    var walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while ((node = walker.nextNode())) {
      var range = document.createRange();
      range.selectNodeContents(node);
      rects = node.nodeValue.trim() ? range.getClientRects() : [];
      for (i = 0; i < rects.length; i += 1) {
        if (rects[i].right > box.right + 1 || rects[i].bottom > box.bottom + 3) { return true; }
      }
    }
    return false;
  }

  function overlaps(elements) {
    var boxes = [], found = [];
    /* What scrolls within itself is looked at from its beginning: what sticks there covers later
       what was scrolled under it, as it is meant to. */
    Array.prototype.forEach.call(document.querySelectorAll('.scroll'), function (box) {
      box.scrollLeft = 0;
    });
    elements.forEach(function (element) {
      var rects = [];
      if (element.matches('input, select, textarea, button, summary')) {
        rects = [element.getBoundingClientRect()];
      } else {
        Array.prototype.forEach.call(element.childNodes, function (node) {
          if (node.nodeType !== 3 || !node.nodeValue.trim()) { return; }
          var range = document.createRange();
          range.selectNodeContents(node);
          rects = rects.concat(Array.prototype.slice.call(range.getClientRects()));
        });
      }
      rects.forEach(function (rect) {
        if (rect.width > 1 && rect.height > 1 && rect.right > 0) {
          boxes.push({element: element, left: rect.left, right: rect.right,
                      top: rect.top, bottom: rect.bottom});
        }
      });
    });
    boxes.sort(function (one, other) { return one.top - other.top; });
    for (var i = 0; i < boxes.length && found.length < 3; i += 1) {
      for (var j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom; j += 1) {
        if (covers(boxes[i], boxes[j])) {
          found.push('lie over one another: ' + name(boxes[i].element) + ' and ' +
                     name(boxes[j].element));
          break;
        }
      }
    }
    return found;
  }

  function covers(one, other) {
    if (one.element === other.element || one.element.contains(other.element) ||
        other.element.contains(one.element)) { return false; }
    var wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    var high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    /* Lines of text reach into one another a little: their boxes hold accents too. */
    return wide > 2 && high > 0.4 * Math.min(one.bottom - one.top, other.bottom - other.top);
  }

  function numbers(colour) {
    return (colour.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
  }

  function ground(element) {
    for (; element; element = element.parentElement) {
      var colour = numbers(getComputedStyle(element).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) { return 'rgb(' + colour.slice(0, 3).join() + ')'; }
    }
    return 'rgb(255,255,255)';
  }

  function luminance(colour) {
    var parts = numbers(colour).slice(0, 3).map(function (part) {
      part /= 255;
      return part <= 0.03928 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4);
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  }

  function contrast(one, other) {
    var bright = [luminance(one), luminance(other)].sort();
    var high = Math.max(bright[0], bright[1]), low = Math.min(bright[0], bright[1]);
    return (high + 0.05) / (low + 0.05);
  }

  /* The contrast of all words and of the lines around fields, computed. */
  function colours(least) {
    var found = {};
    Array.prototype.forEach.call(document.body.querySelectorAll('*'), function (element) {
      if (!shown(element)) { return; }
      var own = Array.prototype.some.call(element.childNodes, function (node) {
        return node.nodeType === 3 && node.nodeValue.trim();
      });
      var style = getComputedStyle(element), behind = ground(element);
      if (own && contrast(style.color, behind) < least) {
        found[style.color + ' on ' + behind] = name(element);
      }
      if (element.matches('input:not([type=checkbox]):not([type=radio]), select, textarea') &&
          contrast(style.borderTopColor, ground(element.parentElement)) < 3) {
        found['border ' + style.borderTopColor + ' on ' + behind] = name(element);
      }
    });
    return Object.keys(found).map(function (pair) {
      return 'contrast below ' + least + ': ' + pair + ', ' + found[pair];
    });
  }

  /* WCAG 1.4.12: what people may set themselves. */
  function space() {
    var sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important;' +
      ' word-spacing: .16em !important } p, li, dd { margin-bottom: 2em !important }');
    document.adoptedStyleSheets = [sheet];
  }

  window.eyes = {focus: focus, order: order, targets: targets, layout: layout, colours: colours,
                 space: space};
}());
