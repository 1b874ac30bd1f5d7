"""Recognises the syntax of other languages, so that its error says what this language writes instead."""
