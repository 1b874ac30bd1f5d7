"""The colours of the page: those of the diagrams, as variables of CSS, on a light ground and on a dark one."""

from spikegraph.backends.graphviz.theme import DARK, LIGHT, ORANGE, SKY, Theme

SERIES = 7
"""So many curves have a colour of their own; the next ones begin anew with other dashes."""

DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2")
"""So that curves differ without colour too."""


def series(theme: Theme) -> tuple[str, ...]:
    """The colours of curves and bars, in order."""
    return (theme.spike, theme.real, theme.count, theme.events, ORANGE, SKY, theme.muted)


def colour(number: int) -> str:
    """The class of the curve or bar with this number."""
    return f"s{number % SERIES}"


def dash(number: int) -> str:
    """The dashes of the curve with this number."""
    return DASHES[(number + number // SERIES) % len(DASHES)]


def variables() -> str:
    """The style sheet's head: variables for light, for dark, and for paper."""
    light, dark = _of(LIGHT), _of(DARK)
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        + "".join(f".s{k}{{--c:var(--s{k})}}\n" for k in range(SERIES))
        + "".join(f".o{k}{{--c:var(--o{k})}}\n" for k in range(len(LIGHT.candidates)))
    )


def _of(theme: Theme) -> str:
    named = {
        name: getattr(theme, name)
        for name in ("ground", "ink", "muted", "faint", "panel", "cell", "spike", "count", "events", "real")
    }
    named |= {f"s{k}": value for k, value in enumerate(series(theme))}
    named |= {f"o{k}": value for k, value in enumerate(theme.candidates)}
    return "".join(f"--{name}:{value};" for name, value in named.items())
