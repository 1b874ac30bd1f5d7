"""Networks of all layers and neurons that can be exported to NIR, by what they show."""

CASES = {
    "chain": "output logits = image -> conv(3, out = 4) -> norm -> lif -> pool -> linear(3) -> mean(time)",
    "strides": "output logits = image -> conv(3, out = 4, stride = 2) -> norm -> lif -> conv(3, out = 4, stride = 3) -> lif",
    "even windows": """
        a = image -> conv(2, out = 4) -> lif
        output y = a -> conv(4, out = 3, stride = 2) -> lif -> conv(4, out = 2) -> ifn""",
    "a layer on a doubled value": """
        a = image -> conv(3, out = 4) -> lif
        b = add(a, a) -> conv(3, out = 3) -> lif -> flatten
        output y = add(b, b) -> linear(192, bias = false) -> ifn""",
    "other windows": "output y = image -> conv([3, 1], out = 4) -> lif -> conv([1, 2], out = 3) -> lif",
    "dilation": "output y = image -> conv(3, out = 4, dilation = 2) -> lif -> conv([3, 2], out = 3, dilation = [1, 3]) -> lif",
    "padding": """
        a = image -> conv(3, out = 4, padding = 0) -> lif
        output y = a -> conv(5, out = 3, padding = [3, 1], stride = [2, 1]) -> lif""",
    "groups": "output y = image -> conv(3, out = 4, groups = 2) -> lif -> conv(3, out = 8, groups = all) -> lif",
    "signs": "output y = image -> conv(3, out = 4, sign = inhibitory) -> lif -> conv(3, out = 4, sign = excitatory) -> lif",
    "concatenation": """
        a = image -> conv(3, out = 4) -> norm -> lif
        b = image -> conv(5, out = 3) -> norm -> ifn
        c = concat(a, b, a) -> conv(3, out = 5, groups = 1) -> norm -> lif
        output logits = concat(c, a) -> flatten -> linear(3) -> mean(time)""",
    "no autapses": "output y = image -> conv(3, out = 4, stride = 4) -> lif -> flatten -> linear(16, autapses = false) -> lif",
    "concatenation and neurons": """
        a = image -> conv(3, out = 4)
        b = image -> conv(5, out = 3)
        c = concat(a, b) -> channels
        output y = c -> pool(avg) -> conv(3, out = 3) -> lif""",
    "channels of heads": """
        a = image -> conv(3, out = 4) -> norm -> lif
        b = concat(a, a -> conv(3, out = 2) -> lif) -> reduce(over = heads, by = sum, heads = 3) -> conv(1, out = 6) -> ifn
        c = b -> reduce(over = channels, by = sum, heads = 2) -> conv(3, out = 4) -> lif
        output logits = c -> reduce(over = channels, by = mean) -> flatten -> linear(3) -> reduce(over = time, by = mean)""",
    "split and spread channels": """
        a = image -> conv(3, out = 4) -> norm -> lif
        b = concat(a -> split([1, 3], 1), a -> conv(3, out = 3) -> lif) -> conv(3, out = 6) -> ifn
        c = concat(b, a) -> split(5, 2) -> spread(6) -> conv(3, out = 4) -> lif
        output y = add(c, b -> split(3, 0) -> spread(4)) -> ifn""",
    "differences and multiples": """
        a = image -> each_step -> conv(3, out = 4) -> norm -> lif
        b = sub(concat(a, a) -> conv(3, out = 4), a -> scale(0.5)) -> ifn
        output y = sub(a, b) -> scale(-3) -> conv(3, out = 4) -> lif""",
    "residuals": """
        a = image -> conv(3, out = 4) -> norm -> lif
        b = a -> conv(3, out = 4) -> norm -> lif
        c = add(a, b) -> conv(3, out = 4) -> lif
        d = add(a, b, c, a) -> lif
        output y = add(c, d)""",
    "sums of unequal concatenations": """
        a = image -> conv(3, out = 4) -> lif
        b = image -> conv(3, out = 2) -> lif
        c = add(concat(a, b), concat(b, a)) -> lif
        output y = concat(c, b)""",
    "pools": """
        a = image -> conv(3, out = 4) -> lif -> pool(avg) -> conv(3, out = 4) -> lif
        output logits = a -> flatten -> linear(6) -> vote(2) -> mean(time)""",
    "averages with padding": """
        a = image -> conv(3, out = 4) -> lif -> pool(avg, kernel = 3, stride = 1, padding = centred) -> conv(3, out = 4) -> lif
        b = image -> conv(3, out = 2) -> ifn
        output y = concat(a, b) -> pool(avg, kernel = [3, 2], stride = 2, padding = 1) -> conv(3, out = 3) -> ifn""",
    "layers on zeros": """
        a = image -> conv(3, out = 4, stride = 2) -> lif
        b = image -> zero(stride = 2) -> conv(3, out = 4) -> norm
        c = image -> zero(stride = 2) -> conv(3, out = 4, bias = false)
        output y = add(a, b, c) -> lif""",
    "maximum of spikes": """
        a = image -> conv(3, out = 4) -> lif -> pool(max) -> conv(3, out = 4) -> lif
        output y = a -> pool(max, kernel = 3, stride = 2, padding = centred) -> pool(max, kernel = 2, stride = 1)""",
    "maximum of a concatenation": """
        a = image -> conv(3, out = 4) -> lif
        b = image -> conv(3, out = 2) -> ifn
        output y = concat(a, b) -> pool(max, kernel = 3, padding = even) -> conv(1, out = 2) -> lif""",
    "norms that are not folded": """
        a = image -> conv(3, out = 4)
        b = add(a -> norm, a) -> lif
        output y = b -> norm(affine = false) -> conv(3, out = 3) -> lif""",
    "mean before the classifier": "output logits = image -> conv(3, out = 4) -> lif -> mean(time) -> pool -> linear(3)",
    "neurons of all kinds": """
        a = image -> conv(3, out = 4) -> scaled -> conv(3, out = 4) -> channels
        b = a -> conv(3, out = 4) -> layer -> conv(3, out = 4) -> cuba
        c = b -> conv(3, out = 4) -> reaching -> conv(3, out = 4) -> binary
        output y = c -> flatten -> linear(5) -> lif -> linear(4) -> ifn""",
    "current-based neurons": "output y = image -> conv(3, out = 4) -> cuba -> conv(3, out = 4) -> cuba -> pool -> linear(3)",
    "neurons that never fire": """
        a = image -> conv(3, out = 4) -> quiet -> conv(3, out = 4) -> ifn
        b = a -> conv(3, out = 4) -> quiet_cuba -> conv(3, out = 4) -> lif
        output logits = b -> flatten -> linear(5) -> summing""",
    "dropout and shortcuts": """
        a = image -> conv(3, out = 4) -> lif -> dropout(0.5) -> identity
        b = a -> conv(3, out = 6, stride = 2) -> norm
        output y = add(b, project(a, b)) -> lif""",
    "coarser": "output y = resize(image -> conv(3, out = 4) -> lif, image, down = 2) -> conv(3, out = 3) -> lif",
    "branch of nothing": """
        a = image -> conv(3, out = 4) -> lif
        output y = add(a, a -> zero) -> conv(3, out = 3) -> lif""",
}
