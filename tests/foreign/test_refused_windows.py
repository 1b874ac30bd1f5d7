"""Convolutions, poolings and interpolation of PyTorch that can't be imported."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from .refused import Net, Refused, after_conv, image, says

refused = Refused()


@refused("`0`, Conv2d: the language pads with zeros, not with `reflect` (help: use padding_mode='zeros')")
def reflecting():
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")), image()


@refused(
    "`0.0`, Conv2d: it can't be called with the example [1, 3, 8, 8]: RuntimeError: Given groups=1, weight of size "
    "[4, 4, 3, 3], expected input[1, 3, 8, 8] to have 4 channels, but got 3 channels instead "
    "(help: give an example as the module takes it, or correct the module)"
)
def wrong_channels():
    return nn.Sequential(nn.Sequential(nn.Conv2d(4, 4, 3))), image()


@refused(
    "the module, torch.nn.functional.max_pool2d: it takes [3, 8, 8] as one sample, without a dimension for samples "
    "(help: give an example with samples, such as example.unsqueeze(0))"
)
def no_samples_dimension_before_a_function():
    return Net(lambda self, x: functional.max_pool2d(x, 2)), torch.rand(3, 8, 8)


@refused(
    "the module, InstanceNorm2d: it takes [3, 8, 8] as one sample, without a dimension for samples "
    "(help: give an example with samples, such as example.unsqueeze(0))"
)
def no_samples_dimension_before_a_norm():
    return nn.InstanceNorm2d(3), torch.rand(3, 8, 8)


@refused("`2`, Halved: it follows a global pooling, which leaves no axes in the language (help: leave it out)")
def derived_pooling_after_global_pooling():
    class Halved(nn.MaxPool2d):
        pass

    return after_conv(nn.AdaptiveAvgPool2d(1), Halved(1))


@refused(
    "`2`, MaxPool2d: it can't be called with the example [1, 3, 8, 8]: RuntimeError: Given input size: (4x4x4). "
    "Calculated output size: (4x0x0). Output size is too small "
    "(help: give an example as the module takes it, or correct the module)"
)
def small_for_its_pooling():
    return after_conv(nn.MaxPool2d(2), nn.MaxPool2d(8))


@refused(
    "`0`, Conv2d: it takes [3, 8, 8] as one sample, without a dimension for samples "
    "(help: give an example with samples, such as example.unsqueeze(0))"
)
def no_samples_dimension():
    return nn.Sequential(nn.Conv2d(3, 4, 3)), torch.rand(3, 8, 8)


@refused("`0`, ZeroPad2d: the language has no such layer (help: use the `padding` of the convolution or pooling behind it)")
def zero_pad():
    return nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 4, 3)), image()


@refused(
    "`1`, MaxPool2d: ceil_mode=True rounds its size up, with windows on [8, 8] that the language doesn't have "
    "(help: use ceil_mode=False)"
)
def pool_that_rounds_up():
    return after_conv(nn.MaxPool2d(3, 2, 1, ceil_mode=True))


@refused("`1`, MaxPool2d: its windows are dilated, and the language has no such poolings (help: use dilation=1)")
def dilated_pool():
    return after_conv(nn.MaxPool2d(3, dilation=2))


@refused("`pool`, MaxPool2d: it returns indices, which the language doesn't have (help: use return_indices=False)")
def pool_with_indices():
    return Net(lambda self, x: self.pool(x)[0], pool=nn.MaxPool2d(2, return_indices=True)), image()


@refused("`1`, AvgPool2d: it counts its padding, which the language doesn't (help: use count_include_pad=False)")
def pool_that_counts_its_padding():
    return after_conv(nn.AvgPool2d(3, 2, 1))


@refused("`1`, AvgPool2d: it has a divisor of its own (help: leave out `divisor_override`)")
def pool_with_a_divisor():
    return after_conv(nn.AvgPool2d(2, divisor_override=3))


@refused(
    "`1`, AdaptiveAvgPool2d: it makes [3, 3] of [8, 8], with windows of several sizes "
    "(help: give it [1, 1], [2, 2], [3, 3], [6, 6] or another multiple of its output)"
)
def windows_of_several_sizes():
    return after_conv(nn.AdaptiveAvgPool2d(3))


@refused(
    "`1`, AdaptiveAvgPool2d: it makes [3, 4] of [8, 8], with windows of several sizes "
    "(help: give it [3, 4], [6, 8] or another multiple of its output)"
)
def windows_of_several_sizes_along_an_axis():
    return after_conv(nn.AdaptiveAvgPool2d((3, 4)))


@refused("`1`, AdaptiveMaxPool2d: it makes [2, 2] (help: use an output size of 1, or MaxPool with a kernel)")
def adaptive_maximum():
    return after_conv(nn.AdaptiveMaxPool2d(2))


@refused("`1`, LPPool2d: the language has no such layer (help: use AdaptiveAvgPool, or MaxPool with a kernel)")
def power_pool():
    return after_conv(nn.LPPool2d(2, 2))


@refused("`1`, Upsample: it aligns the corners, which the language doesn't (help: use align_corners=False)")
def aligned_corners():
    return after_conv(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True))


@refused("`1`, Upsample: the language has no mode `bicubic` (help: use `nearest` or `bilinear`)")
def bicubic():
    return after_conv(nn.Upsample(scale_factor=2, mode="bicubic"))


@refused("`1`, Upsample: it makes [12, 12] of [8, 8], and no value before it has this size (help: use a factor such as 2)")
def one_and_a_half_times():
    return after_conv(nn.Upsample(scale_factor=1.5))


@refused("`1`, Upsample: it makes [5, 5] of [8, 8], and no value before it has this size (help: use a factor such as 2)")
def smaller_by_interpolation():
    return after_conv(nn.Upsample(scale_factor=0.7))


@refused("`2`, Upsample: it follows a global pooling, which leaves no axes in the language (help: leave it out)")
def interpolation_after_global_pooling():
    return after_conv(nn.AdaptiveAvgPool2d(1), nn.Upsample(scale_factor=8))


@refused("`1`, Upsample: it makes [14, 14] of [7, 7], and no value before it has this size (help: use an even size before it)")
def odd_size_before_interpolation():
    return nn.Sequential(nn.Conv2d(3, 4, 2), nn.Upsample(scale_factor=2)), image()


@refused("`1`, PixelShuffle: the language has no such layer (help: use Upsample, or a convolution with a stride)")
def shuffled_pixels():
    return after_conv(nn.PixelShuffle(2))


@refused(
    "`1`, Linear: it takes the last of several axes "
    "(help: use a convolution with kernel 1 on [N, C, ...], or flatten before it)"
)
def linear_on_pixels():
    return after_conv(nn.Linear(8, 5))


@refused(
    "`2`, Conv2d: it follows a global pooling, which leaves no axes in the language "
    "(help: use Flatten and a linear layer there)"
)
def conv_after_global_pooling():
    return after_conv(nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 5, 3, padding=1))


@pytest.mark.filterwarnings("ignore:Using padding=.same.:UserWarning")
@pytest.mark.parametrize(("function", "text"), refused.cases)
def test_refused(function, text):
    says(function, text)
