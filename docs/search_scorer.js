// How the search ranks pages: as Sphinx does by default, but of equal matches answers come before chapters and figures.
var Scorer = {
  score: ([page, , , , score]) => score + (/^(how-to|tutorial)\/|^reference\/faq$/.test(page) ? 1 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
