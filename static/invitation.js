/* The code in a slip's QR stands after the sign #, which no browser sends: it goes from there into
   the field, and out of the address. ES5: runs in Internet Explorer 11. */
(function () {
  'use strict';
  var field = document.getElementById('code');
  var code = window.location.hash.slice(1);
  if (field && code && !field.value) {
    field.value = code;
    if (window.history.replaceState) {
      window.history.replaceState(null, '', window.location.pathname);
    }
  }
}());
