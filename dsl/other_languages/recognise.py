"""Finds the first rule that recognises a mistake."""

from spikegraph.dsl.other_languages import (
    arrows_and_operators,
    brackets,
    comments_and_strings,
    keywords,
    lists_and_separators,
    loops_and_slices,
    models,
)
from spikegraph.dsl.other_languages.place import Mistake, Place, Rule

RULES: tuple[Rule, ...] = (
    models.whole_division,
    comments_and_strings.line_comment,
    *models.RULES,
    *loops_and_slices.RULES,
    *comments_and_strings.RULES,
    *keywords.RULES,
    brackets.unclosed,
    *arrows_and_operators.RULES,
    *lists_and_separators.RULES,
    *brackets.RULES,
    loops_and_slices.several_values,
)
"""In the order in which they are asked: an unclosed bracket explains what follows it."""


def recognise(place: Place) -> Mistake | None:
    """What the text at a place probably means; None if no rule knows."""
    return next((found for rule in RULES if (found := rule(place)) is not None), None)
