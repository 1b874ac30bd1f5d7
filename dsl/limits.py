"""Limits of the language, far above every sensible use: they keep a small file from taking much time or memory."""

LARGEST_FILE = 1024 * 1024
"""Bytes of a spec together with its imports."""

LONGEST_LINE = 100_000
"""Characters of a line."""

LONGEST_NAME = 255
"""Characters of a name."""

LONGEST_TEXT = 4096
"""Characters of a string."""

DEEPEST_NESTING = 32
"""Brackets of all kinds that may be open at one place."""

LONGEST_MODEL = 32_768
"""Characters of the body of a model of neurons."""

DEEPEST_CASE = 4
"""Each `case` of a model that stands in a branch of another."""

DEEPEST_EXPRESSION = 128
"""Levels of the tree of one expression."""

DEEPEST_IMPORT = 16
"""Files in a chain of imports, without the entry file."""

MOST_IMPORTS = 1000
"""Imports that are followed; a file counts once for each space of names."""

MOST_DECLARATIONS = 10_000
"""Declarations of a spec together with its imports."""

MOST_WRITTEN = 100_000
"""Statements that all `like` of a spec may copy."""

MOST_CANDIDATES = 256
"""Operations in one `candidates`."""

MOST_STAGES = 256
"""Stages of the pipeline of one candidate."""

MOST_ERRORS = 1000
"""Errors after which checking stops."""

MOST_SHOWN = 100
"""Diagnostics that are printed; of the others only the number is."""
