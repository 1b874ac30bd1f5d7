"""The colours of the page: the diagrams' light and dark themes as CSS variables."""

from spikegraph.backends.graphviz.theme import DARK, LIGHT, ORANGE, SKY, Theme
from spikegraph.charts.look import colour


def series(theme: Theme) -> tuple[str, ...]:
    """The colours of curves and bars, in order; `SERIES` of them."""
    return (theme.spike, theme.real, theme.count, theme.events, ORANGE, SKY, theme.muted)


def variables() -> str:
    """The start of the style sheet: variables for light mode and print, and for dark mode."""
    light, dark = _of(LIGHT), _of(DARK)
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        + "".join(f".{colour(k)}{{--c:var(--{colour(k)})}}\n" for k in range(len(series(LIGHT))))
        + "".join(f".o{k}{{--c:var(--o{k})}}\n" for k in range(len(LIGHT.candidates)))
    )


def _of(theme: Theme) -> str:
    named = {
        name: getattr(theme, name)
        for name in ("ground", "ink", "muted", "faint", "panel", "cell", "spike", "count", "events", "real")
    }
    named |= {colour(k): value for k, value in enumerate(series(theme))}
    named |= {f"o{k}": value for k, value in enumerate(theme.candidates)}
    return "".join(f"--{name}:{value};" for name, value in named.items())
