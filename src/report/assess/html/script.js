(() => {
  'use strict';
  const root = document.documentElement;
  const all = (query, from = document) => [...from.querySelectorAll(query)];
  const one = (query, from = document) => from.querySelector(query);
  root.classList.add('js');

  // the theme: as the system has it, light, dark
  const themes = ['system', 'light', 'dark'];
  const store = (value) => { try { return value ? localStorage.setItem('ztctl-theme', value) : localStorage.getItem('ztctl-theme'); } catch { return null; } };
  const button = one('.theme');
  const theme = (name) => {
    if (name === 'system') delete root.dataset.theme; else root.dataset.theme = name;
    button.dataset.now = name;
    button.textContent = 'Theme: ' + name;
  };
  theme(themes.includes(store()) ? store() : 'system');
  button.addEventListener('click', () => {
    const next = themes[(themes.indexOf(button.dataset.now) + 1) % themes.length];
    theme(next);
    store(next);
  });

  // criteria: by status, level, domain, and words in their evidence
  const form = one('#criteria-tools');
  if (form) {
    const crits = all('.crit');
    const texts = new Map();
    const text = (node) => {
      if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
      return texts.get(node);
    };
    const show = () => {
      const want = (name) => form.elements[name].value;
      const word = want('word').trim().toLowerCase();
      let shown = 0;
      for (const crit of crits) {
        const data = crit.dataset;
        const status = want('status');
        const open = ['partial', 'not_met', 'unknown', 'error'].includes(data.status);
        const fits = (status === '' || status === data.status || (status === 'open' && open))
          && (want('level') === '' || want('level') === data.level)
          && (want('domain') === '' || want('domain') === data.domain)
          && (word === '' || text(crit).includes(word));
        crit.hidden = !fits;
        if (fits) shown += 1;
        for (const row of all('.evidence > li', crit)) row.hidden = word !== '' && fits && !text(row).includes(word) && !text(one('summary', crit)).includes(word);
      }
      for (const group of all('#criteria .group')) group.hidden = !one('.crit:not([hidden])', group);
      one('.count', form).textContent = shown + ' of ' + crits.length + ' criteria';
    };
    form.addEventListener('input', show);
    form.addEventListener('submit', (event) => event.preventDefault());
    one('[data-do="open"]', form).addEventListener('click', () => { for (const crit of crits) crit.open = !crit.hidden; });
    one('[data-do="close"]', form).addEventListener('click', () => { for (const crit of crits) crit.open = false; });
    form.addEventListener('reset', () => setTimeout(show));
    show();
  }

  // tables: rows by words and by a number, in the order of a column
  for (const tools of all('form[data-table]')) {
    const table = document.getElementById(tools.dataset.table);
    const rows = all('tbody tr', table);
    const show = () => {
      const word = tools.elements.word.value.trim().toLowerCase();
      const key = tools.elements.key ? tools.elements.key.value : '';
      let shown = 0;
      for (const row of rows) {
        row.hidden = !((word === '' || row.textContent.toLowerCase().includes(word)) && (key === '' || row.dataset.key === key));
        if (!row.hidden) shown += 1;
      }
      one('.count', tools).textContent = shown + ' of ' + rows.length;
    };
    tools.addEventListener('input', show);
    tools.addEventListener('submit', (event) => event.preventDefault());
    show();
  }
  const order = new Intl.Collator('en', { numeric: true }).compare;
  for (const head of all('table[data-sort] thead th')) {
    const at = head.cellIndex;
    const press = document.createElement('button');
    press.type = 'button';
    press.append(...head.childNodes);
    head.append(press);
    press.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of head.parentNode.cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const body = head.closest('table').tBodies[0];
      const key = (row) => row.cells[at].dataset.v ?? row.cells[at].textContent.trim();
      const rows = [...body.rows].map((row) => [key(row), row]);
      rows.sort((a, b) => (down ? -1 : 1) * order(a[0], b[0]));
      body.append(...rows.map((row) => row[1]));
    });
  }

  // frameworks: one at a time
  for (const bar of all('.tabs')) {
    const sheets = all('.sheet', bar.parentNode);
    const tabs = sheets.map((sheet, at) => {
      const tab = document.createElement('button');
      tab.type = 'button';
      tab.id = sheet.id + '-tab';
      tab.textContent = one('h3', sheet).textContent;
      tab.setAttribute('role', 'tab');
      tab.setAttribute('aria-controls', sheet.id);
      sheet.setAttribute('role', 'tabpanel');
      sheet.setAttribute('aria-labelledby', tab.id);
      tab.addEventListener('click', () => pick(at));
      tab.addEventListener('keydown', (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) pick((at + step + sheets.length) % sheets.length, true);
      });
      return tab;
    });
    const pick = (at, focus) => sheets.forEach((sheet, which) => {
      sheet.hidden = which !== at;
      tabs[which].setAttribute('aria-selected', String(which === at));
      tabs[which].tabIndex = which === at ? 0 : -1;
      if (which === at && focus) tabs[which].focus();
    });
    bar.setAttribute('role', 'tablist');
    bar.append(...tabs);
    pick(0);
  }

  // deep links open what they name
  const reveal = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* no name of this page */ }
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.hidden && form) { form.reset(); }
      if (node.tagName === 'DETAILS') node.open = true;
    }
    setTimeout(() => target.scrollIntoView({ behavior: 'instant' }));
  };
  addEventListener('hashchange', reveal);
  reveal();

  // paper shows everything
  let closed = [];
  addEventListener('beforeprint', () => { closed = all('details:not([open])'); for (const node of closed) node.open = true; });
  addEventListener('afterprint', () => { for (const node of closed) node.open = false; });
})();
