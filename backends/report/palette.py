"""The colours of the page: the diagrams' light and dark themes as CSS variables."""

from spikegraph.backends.graphviz.theme import DARK, LIGHT, ORANGE, SKY, Theme
from spikegraph.charts.look import colour
from spikegraph.charts.matrix import LEVELS

STRENGTH = 0.09
"""The share of a colour in the first shade of a matrix; the others are multiples of it."""


def series(theme: Theme) -> tuple[str, ...]:
    """The colours of curves and bars, in order; `SERIES` of them."""
    return (theme.spike, theme.real, theme.count, theme.events, ORANGE, SKY, theme.muted)


def variables() -> str:
    """The start of the style sheet: variables for light mode, print and drawings that are saved, and for dark mode."""
    light, dark = _of(LIGHT), _of(DARK)
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not(.light){{{dark}}}}}\n"
        + "".join(f".{colour(k)}{{--c:var(--{colour(k)})}}\n" for k in range(len(series(LIGHT))))
        + "".join(f".o{k}{{--c:var(--o{k})}}\n" for k in range(len(LIGHT.candidates)))
        + "".join(f".{name}{{--shade:var(--{name})}}\n" for name in shades(LIGHT))
    )


def shades(theme: Theme) -> dict[str, str]:
    """The colours of a matrix's cells: right and wrong, from weak to strong; texts on all of them can be read."""
    return {
        f"{name}{k}": mixed(theme.ground, strong, STRENGTH * k)
        for name, strong in (("hit", theme.spike), ("miss", theme.real))
        for k in range(1, LEVELS + 1)
    }


def mixed(a: str, b: str, share: float) -> str:
    """The colour between `a` and `b`, both `#rrggbb`, with this share of `b`."""
    pairs = zip(bytes.fromhex(a[1:]), bytes.fromhex(b[1:]), strict=True)
    return "#" + bytes(round(x + share * (y - x)) for x, y in pairs).hex()


def _of(theme: Theme) -> str:
    named = {
        name: getattr(theme, name)
        for name in ("ground", "ink", "muted", "faint", "panel", "cell", "spike", "count", "events", "real")
    }
    named |= {colour(k): value for k, value in enumerate(series(theme))}
    named |= shades(theme)
    named |= {f"o{k}": value for k, value in enumerate(theme.candidates)}
    return "".join(f"--{name}:{value};" for name, value in named.items())
