"""Write the TextMate grammar from the tokens and words of the language: `python tools/vscode/grammar.py`.

VS Code colours a text by it at once, and until the language server has said what its names are. A word is a keyword where its
neighbours on the line say so, such as `param` before a name; all others are names, as in the language itself.
"""

import json
from pathlib import Path
from typing import Any

from spikegraph.dsl.schema.statements import KINDS
from spikegraph.service import lexer
from spikegraph.service.semantic_tokens import MODEL_WORDS

FILE = Path(__file__).with_name("syntaxes") / "sdhs.tmLanguage.json"
NAME = lexer.NAME

RUNS = ("path", "search", "retrain")
STATEMENTS = ("param", "input", "output")
MODEL_STATEMENTS = ("number", "weights", "option", "state", "emit", "over")
"""Words that begin lines of models; `MODEL_WORDS` are those within them."""

Rule = dict[str, Any]


def grammar() -> Rule:
    """The grammar: rules by the order in which they are tried."""
    tokens = ["comment", "text", "unclosed", "number"]
    names = ["key", "call", "target", "operator", "bracket", "name"]
    words = ["version", "import", "model", "declaration", "block", "run", "statement", "dgs", "behind"]
    return {
        "comments": "Written by tools/vscode/grammar.py.",
        "name": "spikegraph",
        "scopeName": "source.sdhs",
        "patterns": _include(*tokens, *words, *names),
        "repository": {
            "comment": _match(f"({lexer.COMMENT})", "comment.line.number-sign"),
            "text": _match(f"({lexer.TEXT})", "string.quoted.double"),
            "unclosed": _match(r'("[^"\n]*)$', "invalid.illegal.unclosed"),
            "number": _match(f"({lexer.NUMBER})", "constant.numeric"),
            **_words(),
            "model": {
                "begin": _head(["model"]),
                "beginCaptures": _captures("keyword.control", "entity.name.type"),
                "end": r"(?<=\})",
                "patterns": _include("comment", "inside_model", "operator", "bracket", "name"),
            },
            "inside_model": {
                "begin": r"(\{)",
                "beginCaptures": _captures("punctuation"),
                "end": r"(\})",
                "endCaptures": _captures("punctuation"),
                "patterns": _include(*tokens, "inside_model", "model_words", *names),
            },
            "model_words": _match(rf"\b({'|'.join((*MODEL_STATEMENTS, *MODEL_WORDS))})\b", "keyword.control"),
            "key": _match(rf"({NAME})(?=\s*=)", "variable.other.property"),
            "call": _match(rf"({NAME})(?=\s*\()", "entity.name.function"),
            "target": _match(rf"(->)\s*({NAME})\b(?!\s*[(.])", "keyword.operator.flow", "entity.name.function"),
            "operator": _match(f"({lexer.OPERATOR})", "keyword.operator"),
            "bracket": _match(f"({lexer.BRACKET})", "punctuation"),
            "name": _match(f"({NAME})", "variable.other"),
        },
    }


def _words() -> dict[str, Rule]:
    """Words that are keywords because of what stands beside them."""
    like = rf"(?:\s+(like)\s+({NAME}))?"
    declared = "keyword.control", "entity.name.type"
    return {
        "version": _match(r"\b(sdhs)(?=\s+[0-9])", "keyword.control"),
        "import": _match(
            rf"\b(import)\s*({lexer.TEXT})(?:\s+(as)\s+({NAME}))?",
            *("keyword.control", "string.quoted.double", "keyword.control", "entity.name.namespace"),
        ),
        "declaration": _match(_head([kind for kind in KINDS if kind != "model"]) + like, *declared, *declared),
        "block": _match(_head(["block"]), "keyword.control", "entity.name.function"),
        "run": _match(_head(RUNS), *declared),
        "statement": _match(_head(STATEMENTS), "keyword.control", "variable.other.declaration"),
        "dgs": _match(r"\b(dgs)\s+(at)\b(?:\s+(all)(?=\s+[A-Za-z_]))?", *["keyword.control"] * 3),
        "behind": _match(rf"\b(return)\b|\b(on|all)(?=\s+{NAME})", "keyword.control", "keyword.control"),
    }


def _head(words: "list[str] | tuple[str, ...]") -> str:
    return rf"\b({'|'.join(words)})\s+({NAME})"


def _match(pattern: str, *scopes: str) -> Rule:
    return {"match": pattern, "captures": _captures(*scopes)}


def _captures(*scopes: str) -> Rule:
    return {str(number): {"name": f"{scope}.sdhs"} for number, scope in enumerate(scopes, 1)}


def _include(*names: str) -> list[Rule]:
    return [{"include": f"#{name}"} for name in names]


def text() -> str:
    """The content of the grammar's file."""
    return json.dumps(grammar(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
