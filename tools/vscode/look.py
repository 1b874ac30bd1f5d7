"""Take pictures of the extension in VS Code: `python tools/vscode/look.py --vsix FILE --code-server PROGRAM -o DIR`.

PROGRAM is `out/node/entry.js` of npm's package `code-server`, which is VS Code in a browser; it needs the Node that it names.
The extension is installed into a new profile, and Chromium opens a spec of this repository in the light and the dark theme,
1440 pixels wide. Each step waits until the page shows what it should, and fails otherwise.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
SECONDS = 120
"""After so many seconds a step has failed."""

FILE = "stereo.sdhs"
"""The spec that is opened."""

THEMES = {"light": "Default Light Modern", "dark": "Default Dark Modern"}
SETTINGS = {
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "security.workspace.trust.enabled": False,
    "chat.disableAIFeatures": True,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "editor.minimap.enabled": False,
    "editor.stickyScroll.enabled": False,
    "breadcrumbs.enabled": False,
    "window.commandCenter": False,
}


@contextmanager
def served(program: list[str], vsix: Path, folder: Path, theme: str) -> Iterator[str]:
    """The address of VS Code with the extension, on a folder with the specs."""
    user, extensions, specs = folder / "user", folder / "extensions", folder / "specs"
    shutil.copytree(ROOT / "specs", specs)
    (specs / "pyproject.toml").touch()  # the project's folder
    server = str(Path(sys.executable).with_name("spikegraph"))
    settings = {"User": {**SETTINGS, "workbench.colorTheme": THEMES[theme]}, "Machine": {"spikegraph.path": server}}
    for name, content in settings.items():
        (user / name).mkdir(parents=True)
        (user / name / "settings.json").write_text(json.dumps(content), encoding="utf-8")
    folders = ["--user-data-dir", str(user), "--extensions-dir", str(extensions)]
    environment = {**os.environ, "EXTENSIONS_GALLERY": "{}", "XDG_CONFIG_HOME": str(folder)}
    subprocess.run([*program, *folders, "--install-extension", str(vsix)], env=environment, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = ["--auth", "none", "--bind-addr", f"127.0.0.1:{port}", "--disable-telemetry", "--disable-update-check"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*program, *folders, *address], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)) and process.poll() is None:
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/?folder={specs}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # the language server too
        process.wait()


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Waits until something holds."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > SECONDS:
            raise TimeoutError(f"after {SECONDS} s there is still no {what}")
        page.wait_for_timeout(200)
    page.wait_for_timeout(500)  # what moves comes to rest


class Editor:
    """A window of VS Code, and the folder that its pictures go to."""

    def __init__(self, page: Page, out: Path, theme: str) -> None:
        self.page, self.out, self.theme = page, out, theme

    def open(self, address: str, file: str) -> None:
        """Opens the folder, and a file in it."""
        self.page.goto(address, timeout=SECONDS * 1000)
        self.page.locator(".explorer-folders-view").get_by_text(file, exact=True).dblclick(timeout=SECONDS * 1000)
        until(self.page, lambda: "sdhs 1" in self.text(), "text")
        self.page.locator(".view-line").first.click()

    def text(self) -> str:
        """What the editor shows, hints included."""
        return self.shown(".monaco-editor .view-lines")

    def shown(self, selector: str) -> str:
        """The text of all visible parts of the page that a selector names."""
        found = self.page.locator(selector).all()
        return " ".join(" ".join(each.inner_text().split()) for each in found if each.is_visible())

    def command(self, name: str) -> None:
        """Runs a command by its name."""
        self.page.keyboard.press("F1")
        self.page.keyboard.type(name, delay=10)
        self.page.locator(".quick-input-list .monaco-list-row").first.wait_for(timeout=SECONDS * 1000)
        self.page.keyboard.press("Enter")

    def go(self, line: int, column: int = 1) -> None:
        """Puts the cursor at a place."""
        self.page.keyboard.press("Control+g")
        self.page.keyboard.type(f"{line}:{column}", delay=10)
        self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(500)

    def shoot(self, name: str) -> None:
        """Takes a picture."""
        self.page.screenshot(path=self.out / f"{name}-{self.theme}.png")
        print(f"{name}-{self.theme}.png", flush=True)

    def preview(self, selector: str) -> str:
        """The text of a part of the preview's page; of a part without text its tag."""
        for frame in self.page.frames:
            if frame.locator("#picture").count() and frame.locator(selector).count():
                found = frame.locator(selector).first
                return found.text_content() or "empty" if found.is_visible() else ""
        return ""


def line_of(text: str, part: str) -> int:
    """The line of a part of a text."""
    return text[: text.index(part)].count("\n") + 1


def tour(editor: Editor, address: str) -> None:
    """Opens a spec, and takes a picture of all that the extension shows."""
    text = (ROOT / "specs" / FILE).read_text(encoding="utf-8")
    editor.open(address, FILE)
    until(editor.page, lambda: "parameters" in editor.shown(".codelens-decoration"), "counts")
    words(editor, text)
    lenses(editor)
    pictures(editor, text)
    mistake(editor, text)


def words(editor: Editor, text: str) -> None:
    """Hints, hover and completion."""
    page = editor.page
    editor.go(line_of(text, "stem0   ="), 17)
    until(page, lambda: ": spike[" in editor.text(), "types of wires")
    editor.command("Show or Focus Hover")
    until(page, lambda: "events[5, 260, 346]" in editor.shown(".monaco-hover"), "hover")
    editor.shoot("hover")
    page.keyboard.press("Escape")
    editor.go(line_of(text, "keep  "))
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Space")
    until(page, lambda: "max_skips" in editor.shown(".suggest-widget"), "keys of a cell")
    editor.shoot("completion")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")


def lenses(editor: Editor) -> None:
    """What clicks on the lines above declarations show: uses beside the text, and the picture."""
    page = editor.page

    def click(part: str, shows: Callable[[], bool]) -> bool:
        """Clicks once more where the line has moved meanwhile."""
        page.locator(".codelens-decoration a").get_by_text(part).click()
        page.wait_for_timeout(3000)
        return shows()

    until(page, lambda: click("4 uses", lambda: "matching_path like" in editor.shown(".peekview-widget")), "uses")
    editor.shoot("uses")
    page.keyboard.press("Escape")
    until(page, lambda: click("parameters", lambda: editor.preview("#title") == "network"), "picture of the closed network")
    editor.shoot("closed")


def pictures(editor: Editor, text: str) -> None:
    """The preview at several places."""
    editor.go(line_of(text, "stem0   ="), 5)
    editor.command("spikegraph: Show the picture")
    until(editor.page, lambda: editor.preview("#title") == "network, block features opened", "picture of the network")
    until(editor.page, lambda: "stem0" in editor.preview(".marked"), "mark")
    editor.shoot("network")
    for level, name in (("cell", "feature"), ("trellis", "matching_path")):
        editor.go(line_of(text, f"{level} {name}"), 3)
        until(editor.page, lambda wanted=f"{level} {name}": editor.preview("#title") == wanted, f"picture of the {level}")
        editor.shoot(level)


def mistake(editor: Editor, text: str) -> None:
    """An error with its fix, while the preview keeps its picture."""
    page = editor.page
    editor.go(line_of(text, "  layers = 4"))
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("levles = 3", delay=30)
    until(page, lambda: "unknown key" in editor.preview("#reason"), "reason in the preview")
    page.keyboard.press("Control+.")
    until(page, lambda: "levels" in editor.shown(".action-widget"), "fix")
    editor.shoot("fix")
    page.keyboard.press("Enter")
    until(page, lambda: "levels = 3" in editor.text() and not editor.preview("#reason"), "picture of the fixed text")


def main() -> None:
    """Reads the command line, and looks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--vsix", type=Path, required=True, help="the extension")
    parser.add_argument("--code-server", type=Path, required=True, help="code-server's out/node/entry.js")
    parser.add_argument("--node", default="node", help="Node; by default the one on the PATH")
    parser.add_argument("--browser", default=shutil.which("chromium"), help="Chromium; by default the one on the PATH")
    parser.add_argument("--theme", choices=THEMES, action="append", help="by default both")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of the pictures")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.browser, args=["--no-sandbox"])
        for theme in given.theme or THEMES:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            with (
                tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
                served([given.node, str(given.code_server)], given.vsix, Path(folder), theme) as address,
            ):
                try:
                    tour(Editor(page, given.out, theme), address)
                except Exception:
                    page.screenshot(path=given.out / f"failed-{theme}.png")
                    raise
            page.close()


if __name__ == "__main__":
    main()
