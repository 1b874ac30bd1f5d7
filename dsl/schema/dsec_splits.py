"""The default splits of DSEC and DSEC-Semantic, whole sequences each.

DSEC publishes the truth of 41 sequences, those in its folder `train`; its benchmark keeps that of the others. `DSEC_TEST` has
the ten that the code of Nam et al. (CVPR 2022; yonseivnl/se-cff, `dsec/constant.py`) lists for validation. Search and early
stopping need sequences that are in neither other part: `DSEC_VALIDATION` has three of the remaining 31, which are this
project's choice.

DSEC-Semantic's split is the published one (Sun et al., ECCV 2022; uzh-rpg/ess, `DSEC/dataset/provider.py`).
"""

_CITY = "zurich_city_"

DSEC_TRAIN = (
    *(f"interlaken_00_{part}" for part in "de"),
    *(f"{_CITY}00_{part}" for part in "ab"),
    *(f"{_CITY}01_{part}" for part in "abcdef"),
    *(f"{_CITY}02_{part}" for part in "abcde"),
    *(f"{_CITY}04_{part}" for part in "abcdef"),
    *(f"{_CITY}09_{part}" for part in "abce"),
    f"{_CITY}10_a",
    *(f"{_CITY}11_{part}" for part in "bc"),
)
DSEC_VALIDATION = ("interlaken_00_c", f"{_CITY}03_a", f"{_CITY}11_a")
DSEC_TEST = (
    *(f"interlaken_00_{part}" for part in "fg"),
    "thun_00_a",
    *(f"{_CITY}{part}" for part in ("05_a", "05_b", "06_a", "07_a", "08_a", "09_d", "10_b")),
)

SEMANTIC_TRAIN = tuple(f"{_CITY}{number:02}_a" for number in (0, 1, 2, 4, 5, 6, 7, 8))
SEMANTIC_TEST = (f"{_CITY}13_a", f"{_CITY}14_c", f"{_CITY}15_a")


def listed(names: tuple[str, ...]) -> str:
    """A list in the language."""
    return f"[{', '.join(names)}]"
