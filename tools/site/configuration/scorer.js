// How results of the search are ordered: Sphinx's own points, and points for the kind of page. Its ties are ordered by title.
const KINDS = [
  [/^(?:start$|tutorials\/)/, 4],
  [/^(?:explanation\/(?:spikes|cells|certificate)|more\/(?:glossary|questions))$/, 3],
  [/^(?:operations|declarations|commands|energies|python)\//, 1],
  [/^(?:neurons|errors)\//, -1],
  [/^more\/(?:changelog|contributing|releasing|security|zoo)$|^explanation\/architecture$/, -8],
];
var Scorer = {
  score: ([page, , , , points]) => points + (KINDS.find(([pages]) => pages.test(page)) ?? [null, 0])[1],
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
