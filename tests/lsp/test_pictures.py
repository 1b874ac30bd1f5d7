"""Pictures of requests that overlap."""

import asyncio
from pathlib import Path

from spikegraph.lsp.pictures import Pictures
from spikegraph.service.places import Place
from spikegraph.service.preview import Picture

from ..service.texts import opened


class Drawer:
    """Draws when told: each call waits for its picture."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[Picture]] = []

    async def call(self, *_: object) -> Picture:
        self.waiting.append(asyncio.get_running_loop().create_future())
        return await self.waiting[-1]


def test_a_text_that_is_wrong_keeps_a_picture_that_was_drawn_meanwhile(tmp_path: Path):
    async def answers():
        service, path = opened(tmp_path, checked=False)
        pictures, drawer = Pictures(service), Drawer()
        pictures._worker = drawer
        first = asyncio.create_task(pictures.preview(path, Place(1, 1), "ops", dark=False))
        await asyncio.sleep(0)
        pictures.outdated()
        second = asyncio.create_task(pictures.preview(path, Place(1, 1), "ops", dark=False))
        await asyncio.sleep(0)
        sound, wrong = drawer.waiting
        sound.set_result(Picture("net", svg="<svg/>"))
        await first
        wrong.set_result(Picture("net", reason="line 1"))
        return await first, await second

    first, second = asyncio.run(answers())
    assert (first["svg"], first["current"]) == ("<svg/>", True)
    assert (second["svg"], second["current"], second["reason"]) == ("<svg/>", False, "line 1")
