"""Examples at the end of a command's help."""


def examples(*commands: str) -> str:
    """The text for a command's `epilog`: command lines, each on a line of its own."""
    head = "Example" if len(commands) == 1 else "Examples"
    return "\b\n" + "\n".join([f"{head}:", *(f"  {command}" for command in commands)])
