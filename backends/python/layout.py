"""Long lines of Python, broken as ruff does."""

from textwrap import wrap

WIDTH = 88
OPEN, CLOSE = "([{", ")]}"


def laid_out(line: str, width: int = WIDTH) -> list[str]:
    """A statement in lines of at most `width` characters, if it has brackets to break at."""
    if len(line) <= width or line.lstrip().startswith(("#", '"""')):
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    begin, end = _last_brackets(line)
    if begin < 0:
        return [line]
    head, body, tail = line[: begin + 1], line[begin + 1 : end], line[end:]
    if not body.strip():
        return [line]
    whole = f"{indent}    {body}"
    parts = _parts(body)
    if len(parts) == 1:
        return [head, *laid_out(whole, width), indent + tail]
    if len(whole) <= width:
        return [head, whole, indent + tail]
    found = [head]
    for part in parts:
        lines = laid_out(f"{indent}    {part}", width - 1)
        found += [*lines[:-1], f"{lines[-1]},"]
    return [*found, indent + tail]


def documented(summary: str, *paragraphs: str, indent: int = 4) -> list[str]:
    """The lines of a docstring: a summary, and paragraphs whose lines are broken."""
    blanks = " " * indent
    texts = [summary.replace("\\", "\\\\"), *(text.replace("\\", "\\\\") for text in paragraphs)]
    wrapped = [wrap(text, WIDTH - indent - (3 if k == 0 else 0), break_long_words=False) for k, text in enumerate(texts)]
    if len(wrapped) == 1 and len(wrapped[0]) == 1 and len(wrapped[0][0]) <= WIDTH - indent - 6:
        return [f'{blanks}"""{wrapped[0][0]}"""']
    found = [f'{blanks}"""{wrapped[0][0]}', *(f"{blanks}{line}" for line in wrapped[0][1:])]
    for lines in wrapped[1:]:
        found += ["", *(f"{blanks}{line}" for line in lines)]
    return [*found, f'{blanks}"""']


def _last_brackets(line: str) -> tuple[int, int]:
    """The last pair of outermost brackets that has something in it."""
    depth, begin, found, quote = 0, -1, (-1, -1), ""
    for k, c in enumerate(line):
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in OPEN:
            begin = k if depth == 0 else begin
            depth += 1
        elif c in CLOSE:
            depth -= 1
            if depth == 0 and k > begin + 1:
                found = (begin, k)
    return found


def _parts(body: str) -> list[str]:
    """The arguments in brackets."""
    depth, found, start, quote = 0, list[str](), 0, ""
    for k, c in enumerate(body):
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in OPEN:
            depth += 1
        elif c in CLOSE:
            depth -= 1
        elif c == "," and depth == 0:
            found.append(body[start:k].strip())
            start = k + 1
    return [*found, *([rest] if (rest := body[start:].strip()) else [])]
