"""Lines of the code that is followed, such as `net.py:12`: neither those of PyTorch nor those of this package."""

import inspect
from pathlib import Path
from types import CodeType, FrameType, TracebackType


def line_of_code(outside: CodeType) -> str:
    """The innermost line that is being run, within a call of a function; empty if the code is that of layers alone."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_code is not outside:
        if _of_others(frame):
            return _line(frame, frame.f_lineno)
        frame = frame.f_back
    return ""


def line_of_error(error: BaseException) -> str:
    """The innermost line that raised an error, within the function that caught it; empty if layers alone did."""
    found, at = "", error.__traceback__
    while at is not None:
        found = _line(at.tb_frame, at.tb_lineno) if _of_others(at.tb_frame) else found
        at: TracebackType | None = at.tb_next
    return found


def _of_others(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__", "").partition(".")[0] not in ("torch", "spikegraph")


def _line(frame: FrameType, number: int) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{number}"
