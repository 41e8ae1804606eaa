// Sends an answer on to its application; without this file the button does.
// Written for old browsers too. Whoever comes back to this page is not sent away again.
"use strict";
(function () {
  var entries = window.performance && performance.getEntriesByType ? performance.getEntriesByType("navigation") : [];
  if (entries.length === 0 || entries[0].type !== "back_forward") document.forms[0].submit();
})();
