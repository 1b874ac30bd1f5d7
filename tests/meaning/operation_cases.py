"""Operations and neurons with arguments and shapes of their operands [C, *size], for networks of one operation."""

MAP, ODD, FLAT, VOLUME = (4, 6, 7), (4, 5, 3), (4,), (4, 3, 4, 5)
CASES = [
    ("conv", {"kernel": 3, "out": 4}, MAP),
    ("conv", {"kernel": 5, "out": 4, "stride": 2, "groups": "all"}, ODD),
    ("conv", {"kernel": 4, "out": 3, "stride": 2}, ODD),
    ("conv", {"kernel": [2, 3], "out": 2, "stride": [3, 1], "dilation": [2, 1], "groups": 2, "bias": False}, MAP),
    ("conv", {"kernel": 3, "out": 2, "padding": [2, 0], "sign": "excitatory"}, MAP),
    ("conv", {"kernel": 1, "out": 2, "stride": 2, "sign": "inhibitory"}, (4, 9)),
    ("conv", {"kernel": 1, "out": 2, "padding": 2, "stride": 2}, (4, 9)),
    ("conv", {"kernel": [1, 3, 2], "out": 2}, VOLUME),
    ("transposed", {"kernel": 4, "out": 3, "stride": 2, "groups": 1}, ODD),
    ("transposed", {"kernel": 3, "out": 4, "stride": [2, 1], "groups": 2, "bias": False}, MAP, (1, 11, 7)),
    ("transposed", {"kernel": 2, "out": 3, "stride": 3, "dilation": 2}, (4, 3), (1, 8)),
    ("linear", {"out": 3}, FLAT),
    ("linear", {"out": 4, "autapses": False}, FLAT),
    ("delayed", {"out": 3, "most": 2}, FLAT),
    ("delayed", {"out": 2, "most": 7, "sigma": 1.5, "bias": False}, FLAT),
    *(("norm", {"kind": kind}, VOLUME) for kind in ("batch", "instance", "plane", "layer")),
    ("norm", {"per": "step", "steps": 3, "eps": 0.01}, MAP),
    ("norm", {"affine": False}, FLAT),
    ("pool", {}, VOLUME),
    *(("pool", {"kind": kind, "kernel": 3, "padding": p}, MAP) for kind in ("max", "avg") for p in ("even", "centred", 2)),
    *(("pool", {"kind": kind, "kernel": [2, 5], "stride": [3, 1]}, ODD) for kind in ("max", "avg")),
    *(("pool", {"kind": "avg", "kernel": 4, "stride": 3, "padding": "centred"}, s) for s in (MAP, VOLUME)),
    *(
        ("upsample", {"mode": mode, "scale": s}, shape)
        for mode in ("nearest", "bilinear")
        for s in (2, 3)
        for shape in (MAP, ODD)
    ),
    *(("resize", {"mode": mode, "down": d}, MAP, (1, 9, 5)) for mode in ("nearest", "bilinear") for d in (1, 2)),
    *(("resize", {"mode": mode, "margin": 2}, VOLUME, (1, 4, 4, 2)) for mode in ("nearest", "bilinear")),
    *(("resize", {"mode": mode}, FLAT, MAP) for mode in ("nearest", "bilinear")),
    ("pad", {"multiple": 4}, MAP),
    ("crop", {}, MAP, (1, 3, 4)),
    ("crop", {"at": "end"}, VOLUME, (1, 2, 2)),
    ("stack", {"planes": 3}, MAP),
    ("flatten", {}, MAP),
    *(("tokens", {}, shape) for shape in (VOLUME, FLAT)),
    *(("reshape", {"size": size}, MAP) for size in ([], [8], [7, 3, 2])),
    ("reshape", {"size": [2, 2], "channels": 1}, FLAT),
    *(("swap_axes", {"first": a, "second": b}, VOLUME) for a, b in (("channels", "width"), ("height", "depth"))),
    ("swap_axes", {"first": "height", "second": "channels"}, MAP),
    ("channel_shuffle", {"groups": 2}, MAP),
    ("channel_shuffle", {"groups": 3}, (6,)),
    *(("reduce", {"over": over, "by": by}, VOLUME) for over in ("channels", "depth", "width") for by in ("max", "mean", "sum")),
    *(("reduce", {"over": over, "by": by}, MAP) for over in ("space", "time") for by in ("max", "mean", "sum")),
    *(("reduce", {"over": over, "by": by, "heads": 2}, MAP) for over in ("channels", "heads") for by in ("max", "mean", "sum")),
    ("vote", {"voters": 2}, MAP),
    ("dropout", {}, MAP),
    ("identity", {}, MAP),
    ("gather", {}, MAP, MAP),
    ("part", {"start": 1, "channels": 2}, MAP),
    ("each_step", {}, MAP),
    *(("time_to_channels", {"steps": steps}, MAP) for steps in (3, 5)),
    ("time_to_channels", {"steps": 3}, FLAT),
    ("split", {"parts": 2, "part": 1}, MAP),
    ("split", {"parts": [1, 2, 1], "part": 1}, FLAT),
    ("spread", {"to": 12}, MAP),
    ("spread", {"to": 8}, FLAT),
    ("mean", {"over": "time"}, MAP),
    ("add", {}, MAP, FLAT, MAP),
    ("concat", {}, MAP, (2, 6, 7)),
    ("every", {"start": 1, "step": 2}, MAP),
    ("zero", {"out": 3, "stride": 2}, ODD),
    ("relu", {}, MAP),
    ("mul", {}, FLAT, MAP),
    ("iand", {}, MAP, MAP),
    ("sub", {}, MAP, FLAT),
    ("sub", {}, FLAT, MAP),
    ("div", {}, (1, 6, 7), (1,)),
    ("div", {}, (2,), (2, 3)),
    ("scale", {"by": -0.3}, MAP),
    ("scale", {"by": 0}, MAP),
    *((name, {}, MAP) for name in ("sigmoid", "tanh", "erf", "exp")),
    ("attend", {"heads": 2, "scale": 0.25}, MAP, (4, 3, 2), (6, 3, 2)),
    ("product", {"heads": 2}, (12, 3), (4, 3, 2)),
    ("product", {"heads": 2, "transpose": "right"}, MAP, (4, 3, 2)),
    ("product", {"heads": 2, "transpose": "left"}, (6, 3, 2), (4, 6)),
    ("product", {"transpose": "both"}, MAP, (42, 5)),
    ("product", {"transpose": "left"}, FLAT, FLAT),
    ("rate_scale", {}, MAP, FLAT),
    ("rate_scale", {"heads": 2, "terms": "positions", "momentum": 0.25}, MAP, (6, 3)),
    ("rate_scale", {"heads": 2, "terms": 5}, FLAT, MAP),
    ("cost_volume", {"planes": 9}, MAP, MAP),
    ("cost_volume", {"planes": 3, "zero": "both"}, MAP, MAP),
    *(("planes", {"scale": s}, (1, 3, 4, 5), (2, 9, 6)) for s in (1, 3)),
    *(("estimate", {"step": 3, "support": s}, (7, 4, 5)) for s in (1, 2, "all")),
    ("disparity", {}, (1, 3, 4)),
    ("frame_times", {}, MAP),
    ("learned", {}, MAP),
    ("learned", {"channels": 3, "size": [2, 1]}, FLAT),
    ("weigh_frames", {}, MAP, (3, 4)),
]
LEARNED = [{"name": "decay", "per": "channel"}, {"name": "threshold"}]
ALIF = [{"name": "adaptation", "value": 0.3}, {"name": "adaptation_decay", "value": 0.9}]
CUBA = [{"name": "current_decay", "value": 0.4}]
NEURONS = [
    *({"decay": 0.6, "reset": reset, "spike_at": at} for reset in ("hard", "soft", "late") for at in ("above", "reached")),
    *(
        {"decay": 0.6, "reset": reset, "spike_at": at, "levels": 3}
        for reset in ("hard", "soft", "late")
        for at in ("above", "nearest")
    ),
    *({"decay": 0.6, "reset": reset, "decay_input": True} for reset in ("hard", "soft", "late")),
    *({"decay": 0.6, "reset": reset, "learned": LEARNED} for reset in ("hard", "soft", "late")),
    *(
        {"model": "alif", "reset": reset, "constants": ALIF, "decay_input": di}
        for reset in ("hard", "soft", "late")
        for di in (False, True)
    ),
    {
        "model": "alif",
        "constants": ALIF,
        "spike_at": "nearest",
        "learned": [{"name": "adaptation"}, {"name": "adaptation_decay"}],
    },
    *(
        {"model": "cuba", "reset": reset, "constants": CUBA, "decay_input": di}
        for reset in ("hard", "soft", "late")
        for di in (False, True)
    ),
    {"model": "cuba", "constants": CUBA, "levels": 2, "learned": [{"name": "current_decay", "per": "channel"}]},
]
SILENT = [
    {"decay": 0.6, "fires": False},
    {"decay": 0.6, "fires": False, "decay_input": True, "learned": LEARNED, "reset": "late"},
    {"model": "alif", "fires": False, "constants": ALIF},
    {"model": "cuba", "fires": False, "constants": CUBA, "reset": "soft"},
    {"model": "relu", "constants": [{"name": "slope", "value": 0.25}]},
]
