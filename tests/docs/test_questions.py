"""What strangers ask has an answer: the page and the heading are there, and README and docs/questions.md lead to them."""

import tomllib

import pytest

from .typed_pages import ROOT, headings, read

QUESTIONS = tomllib.loads((ROOT / "tests" / "docs" / "questions.toml").read_text(encoding="utf-8"))["question"]


@pytest.mark.parametrize("question", QUESTIONS, ids=[each["asks"] for each in QUESTIONS])
def test_a_question_is_answered(question: dict[str, str]) -> None:
    page, heading = question["page"], question["heading"]
    assert any(each == heading or each.startswith(f"{heading} ") for each in headings(page)), f"{page} has no `{heading}`"
    assert page == "README.md" or f"/{page.removeprefix('docs/')}" in read("README.md"), f"README.md has no link to {page}"
    (row,) = (line for line in read("docs/questions.md").splitlines() if line.startswith(f"| {question['asks']} |"))
    assert f"({page.removeprefix('docs/') if page != 'README.md' else '../README.md'}#" in row


def test_there_are_thirty_and_each_is_asked_once() -> None:
    asked = [each["asks"] for each in QUESTIONS]
    assert len(asked) >= 30
    assert len(set(asked)) == len(asked)


def test_words_are_in_the_order_of_the_alphabet_and_lead_to_a_page() -> None:
    rows = [line for line in read("docs/glossary.md").splitlines() if line.startswith("| ")][1:]
    words = [row.split("|")[1].strip(" *").casefold() for row in rows]
    assert len(words) > 60
    assert words == sorted(words)
    assert [row for row in rows if "](" not in row and "see `" not in row] == []
