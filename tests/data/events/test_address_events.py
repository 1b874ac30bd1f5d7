"""AEDAT 2.0 and 3.1, compared with another reader, and with recordings written from the published layouts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spikegraph.data.events.address_events import AedatFile
from spikegraph.data.events.blocks import LARGEST, Block, joined
from spikegraph.data.events.formats import open_events

from .recording_files import (
    AEDAT2,
    AEDAT3,
    aedat3_packet,
    davis_words,
    dvs128_words,
    random_events,
    read,
    require_same,
    spikingjelly_module,
    write_aedat2,
)

EVENTS = random_events(size=(128, 128))


def test_dvs128(tmp_path: Path) -> None:
    path = write_aedat2(tmp_path / "a.aedat", dvs128_words(EVENTS), EVENTS.t)
    require_same(read(path), EVENTS)
    assert open_events(path).size() == (128, 128)
    require_same(read(write_aedat2(path, dvs128_words(EVENTS), EVENTS.t, "DVS128")), EVENTS)


def test_dvs128_with_columns_and_rows_exchanged_as_spikingjelly_reads_it(tmp_path: Path) -> None:
    """CIFAR10-DVS was recorded with the sensor on its side."""
    path = write_aedat2(tmp_path / "a.aedat", dvs128_words(EVENTS), EVENTS.t)
    other = spikingjelly_module("cifar10_dvs")._load_origin_data(path)
    require_same(read(AedatFile(path, swapped=True)), [other[key] for key in "xytp"])


def test_a_word_by_hand(tmp_path: Path) -> None:
    """An event at x = 0, y = 0, the upper left corner, where the light increased, and one in the lower right corner."""
    words = np.array([0b0_1111111_1111111_0, 0b0_0000000_0000000_1])
    found = read(write_aedat2(tmp_path / "a.aedat", words, np.array([4, 6])))
    require_same(found, ([0, 127], [0, 127], [4, 6], [1, 0]))


@pytest.mark.parametrize(
    ("chip", "size"),
    [
        ("davis.Davis208PixelParade", (192, 208)),
        ("davis.DAVIS240C", (180, 240)),
        ("davis.Davis346BSI", (260, 346)),
        ("davis.Davis640", (480, 640)),
    ],
)
def test_davis(tmp_path: Path, chip: str, size: tuple[int, int]) -> None:
    events = random_events(size=size)
    path = write_aedat2(tmp_path / "a.aedat", davis_words(events, size), events.t, chip)
    require_same(read(path), events)
    assert open_events(path).size() == size
    assert AedatFile(path, swapped=True).size() == (size[1], size[0])


def test_what_is_no_change_of_the_light_is_left_out(tmp_path: Path) -> None:
    """Samples of the image and motion sensors have bit 31, signals at a pin bit 10 (DAVIS) or 15 (DVS128)."""
    events = random_events(size=(180, 240))
    kept = np.arange(len(events.t)) % 3 == 0
    words = davis_words(events, (180, 240))
    words[1::3] |= 1 << 31
    words[2::3] |= 1 << 10
    require_same(read(write_aedat2(tmp_path / "a.aedat", words, events.t, "davis.DAVIS240C")), events.where(kept))
    words = dvs128_words(EVENTS)
    words[1::3] |= 1 << 15
    words[2::3] |= 1 << 15
    require_same(read(write_aedat2(tmp_path / "b.aedat", words, EVENTS.t)), EVENTS.where(kept))


def test_times_of_32_bits_begin_again(tmp_path: Path) -> None:
    t = 2**32 - 150_000 + EVENTS.t
    path = write_aedat2(tmp_path / "a.aedat", dvs128_words(EVENTS), t)
    require_same(read(path), EVENTS._replace(t=t))


def test_an_event_that_looks_like_a_line_of_the_header(tmp_path: Path) -> None:
    """Its first byte is that of `#`, and a line break follows after 12 bytes."""
    size = (180, 240)
    events = Block(np.array([9, 10, 11]), np.array([179 - 0x8C, 5, 7]), np.array([1, 2, 0x0A0A]), np.array([True, False, True]))
    words = davis_words(events, size)
    assert int(words[0]).to_bytes(4, "big")[0] == ord("#")
    path = write_aedat2(tmp_path / "a.aedat", words, events.t, "davis.DAVIS240C")
    require_same(read(path), events)
    text = AEDAT2 + "# AEChip: davis.DAVIS240C\r\n#End Of ASCII Header\r\n"
    path.write_bytes(text.encode() + np.stack([words, events.t], axis=1).astype(">u4").tobytes())
    require_same(read(path), events)


def test_aedat3_as_spikingjelly_reads_it(tmp_path: Path) -> None:
    """Events lie in several packets, one of them of images, and the times overflow 31 bits between two of them."""
    parts = [EVENTS.where(slice(k, k + 1000)) for k in range(0, 3000, 1000)]
    packets = [
        aedat3_packet(parts[0]),
        aedat3_packet(EVENTS.where(slice(50)), kind=2),
        aedat3_packet(parts[1], overflow=1),
        aedat3_packet(parts[2].where(slice(0)), overflow=1),
        aedat3_packet(parts[2], overflow=1),
    ]
    path = tmp_path / "a.aedat"
    path.write_bytes(AEDAT3 + b"".join(packets))
    t = EVENTS.t + (np.arange(3000) >= 1000) * 2**31
    require_same(read(path), EVENTS._replace(t=t))
    other = spikingjelly_module("utils").load_aedat_v3(path)
    require_same(read(path), [other[key] for key in "xytp"])
    assert open_events(path).size() is None


def test_events_of_aedat3_that_are_not_valid_and_room_for_more(tmp_path: Path) -> None:
    valid = np.arange(3000) % 4 != 1
    path = tmp_path / "a.aedat"
    path.write_bytes(AEDAT3 + aedat3_packet(EVENTS, capacity=4096, valid=valid) + aedat3_packet(EVENTS, capacity=3500)[:-3])
    found = read(path)
    both = [np.concatenate(columns) for columns in zip(EVENTS.where(valid), EVENTS, strict=True)]
    require_same(found, both)


def test_a_packet_without_a_valid_event_has_no_time(tmp_path: Path) -> None:
    path = tmp_path / "a.aedat"
    parts = [EVENTS.where(slice(k, k + 100)) for k in range(0, 300, 100)]
    path.write_bytes(AEDAT3 + b"".join(aedat3_packet(part, valid=k != 1) for k, part in enumerate(parts)))
    blocks = AedatFile(path).blocks(0, int(EVENTS.t[299]) + 1)
    require_same(joined([block for block in blocks if len(block.t)]), joined([parts[0], parts[2]]))


def test_packets_before_and_after_a_part_are_left_out(tmp_path: Path) -> None:
    packets = [EVENTS.where(slice(k, k + 100)) for k in range(0, 3000, 100)]
    path = tmp_path / "a.aedat"
    path.write_bytes(AEDAT3 + b"".join(map(aedat3_packet, packets)) + b"damaged")  # which isn't reached
    start, stop = int(EVENTS.t[1250]), int(EVENTS.t[1750])
    found = list(AedatFile(path).blocks(start, stop))
    assert [len(block.t) for block in found] == [100] * 6
    inside = (EVENTS.t >= start) & (EVENTS.t < stop)
    t = np.concatenate([block.t for block in found])
    np.testing.assert_array_equal(t[(t >= start) & (t < stop)], EVENTS.t[inside])


@pytest.mark.parametrize("name", ["2", "3"])
def test_more_events_than_a_block_has(tmp_path: Path, name: str) -> None:
    events = random_events(LARGEST + 77, (128, 128), 10_000_000)
    path = tmp_path / "a.aedat"
    if name == "2":
        write_aedat2(path, dvs128_words(events), events.t)
    else:
        path.write_bytes(AEDAT3 + aedat3_packet(events))
    require_same(read(path), events)
    assert [len(block.t) for block in open_events(path).blocks()] == [LARGEST, 77]
