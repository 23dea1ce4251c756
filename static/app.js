/* Small helps on top of pages that work without them. ES5: runs in Internet Explorer 11. */
(function () {
  'use strict';

  /* A page of one's own device that comes out of the back cache asks again whether it may be shown. */
  window.addEventListener('pageshow', function (event) {
    if (event.persisted) { window.location.reload(); }
  });

  /* A form was sent, and its answer led here: what typed.js kept of it is saved. */
  try {
    var sent = (sessionStorage.getItem('sent') || '').split(' ');
    if (sent[1] && sent[0] === document.referrer && performance.navigation.redirectCount &&
        !/[?&]next=/.test(location.search)) {
      while (sent.length > 1) { sessionStorage.removeItem('typed ' + sent.pop()); }
      sessionStorage.removeItem('sent');
    }
  } catch (none) { /* a browser that keeps nothing has nothing to forget */ }

  /* What was there when the page came is not read out: put anew, it is announced, once. */
  var told = document.getElementById('said');
  if (told && told.firstChild) {
    setTimeout(function () { told.innerHTML = String(told.innerHTML); }, 300);
  }

  if (!window.htmx) { return; }
  var config = window.htmx.config;
  config.historyCacheSize = 0; /* otherwise pages with marks lie in localStorage */
  config.refreshOnHistoryMiss = true;
  config.selfRequestsOnly = true;
  config.allowEval = false;
  config.includeIndicatorStyles = false;

  function say(text) {
    var live = document.getElementById('said');
    live.textContent = '';
    var paragraph = document.createElement('p');
    paragraph.textContent = text;
    live.appendChild(paragraph);
  }

  /* What the form was told is wrong is shown too; 1.9 does not swap 4xx by itself. */
  document.addEventListener('htmx:beforeSwap', function (event) {
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  /* The session ended, or the line is gone: the link itself still works, and says more. */
  document.addEventListener('htmx:responseError', function (event) {
    var link = event.detail.elt;
    if (link.href) { window.location.href = link.href; }
  });
  document.addEventListener('htmx:sendError', function () {
    say('Нет связи. Страница осталась прежней: попробуйте ещё раз.');
  });

  document.addEventListener('htmx:afterSettle', function (event) {
    if (event.detail.target.id !== 'main') { return; }
    var heading = document.querySelector('main h1');
    if (heading) {
      heading.focus();
      say('Открыто: ' + heading.textContent);
    }
  });
}());
