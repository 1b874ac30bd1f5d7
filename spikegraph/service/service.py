"""All answers about the specs of a workspace, in one place."""

from pathlib import Path

from spikegraph.analysis.certificate import Certificate
from spikegraph.backends.graphviz.render import Level
from spikegraph.dsl.diagnostics import Diagnostic
from spikegraph.dsl.project_folder import is_vendored
from spikegraph.dsl.source import Span
from spikegraph.service import (
    certificates,
    code_lenses,
    completion,
    diagrams,
    folding,
    formatting,
    hover,
    inlay_hints,
    navigation,
    paths,
    preview,
    problems,
    rename,
    semantic_tokens,
    signatures,
    symbols,
)
from spikegraph.service.checked import Checked, check
from spikegraph.service.code_lenses import Lens
from spikegraph.service.completion import Completion
from spikegraph.service.document import Document
from spikegraph.service.folding import Fold
from spikegraph.service.hover import Hover
from spikegraph.service.inlay_hints import Hint
from spikegraph.service.places import Edit, Place, Symbol
from spikegraph.service.preview import Picture, Subject
from spikegraph.service.rename import Renaming
from spikegraph.service.semantic_tokens import Word
from spikegraph.service.signatures import Signature
from spikegraph.service.workspace import Workspace


class Service:
    """Answers about texts. Those that need the compiler are of the last text that was checked, by `check` or elsewhere.

    Paths are absolute. Methods raise FileNotFoundError where no file or open text has the path.
    """

    def __init__(self) -> None:
        self.workspace = Workspace()
        self.checked: dict[Path, Checked] = {}

    def open(self, path: Path, text: str) -> None:
        """Sets the text of a file."""
        self.workspace.open(path, text)

    def close(self, path: Path) -> None:
        """From now on the file is what it is on the disk."""
        self.workspace.close(path)
        self.checked.pop(path, None)

    def document(self, path: Path) -> Document:
        """The text of a path with its structure."""
        found = self.workspace.document(path)
        if found is None:
            raise FileNotFoundError(f"there is no text {path}")
        return found

    def check(self, path: Path) -> Checked:
        """Everything that the compiler says of a text; remembered for other answers."""
        self.document(path)
        self.checked[path] = check(path, self.workspace.texts)
        return self.checked[path]

    def problems(self, path: Path) -> tuple[Diagnostic, ...]:
        """What is wrong with a text; of the compiler's diagnostics those that are known."""
        checked = self.checked.get(path)
        return () if checked is None else problems.problems(self.document(path), checked)

    def hover(self, path: Path, place: Place) -> Hover | None:
        """What is at a place."""
        return hover.hover(self.workspace, self.document(path), place, self.checked.get(path))

    def completion(self, path: Path, place: Place) -> tuple[Completion, ...]:
        """What may be written at a place."""
        return completion.completion(self.workspace, self.document(path), place, self.checked.get(path))

    def set_paths(self, path: Path) -> tuple[str, ...]:
        """The paths that `--set` can change."""
        return paths.set_paths(self.workspace, self.document(path))

    def signature(self, path: Path, place: Place) -> Signature | None:
        """The call that is open at a place."""
        return signatures.signature(self.workspace, self.document(path), place)

    def definition(self, path: Path, place: Place) -> Symbol | None:
        """Where the name at a place is declared."""
        return navigation.definition(self.workspace, self.document(path), place)

    def references(self, path: Path, place: Place, *, declaration: bool = True) -> tuple[Span, ...]:
        """Where the name at a place is used in the project."""
        return navigation.references(self.workspace, self.document(path), place, declaration=declaration)

    def highlights(self, path: Path, place: Place) -> tuple[Span, ...]:
        """Where the name at a place is used in its file."""
        return navigation.highlights(self.workspace, self.document(path), place)

    def renamable(self, path: Path, place: Place) -> Span | None:
        """The name at a place, if it can be renamed."""
        return rename.renamable(self.workspace, self.document(path), place)

    def rename(self, path: Path, place: Place, new: str) -> Renaming:
        """The edits that give what is at a place another name."""
        return rename.rename(self.workspace, self.document(path), place, new)

    def symbols(self, path: Path) -> tuple[symbols.Entry, ...]:
        """The declarations of a text."""
        return symbols.symbols(self.document(path))

    def project_symbols(self, path: Path, query: str) -> tuple[Symbol, ...]:
        """The declarations of the project of a file, by letters of their names."""
        return symbols.project_symbols(self.workspace, self.document(path), query)

    def folds(self, path: Path) -> tuple[Fold, ...]:
        """What can be folded."""
        return folding.folds(self.document(path))

    def semantic_tokens(self, path: Path) -> tuple[Word, ...]:
        """What each word is."""
        return semantic_tokens.semantic_tokens(self.workspace, self.document(path))

    def hints(self, path: Path, first: int = 1, last: int | None = None) -> tuple[Hint, ...]:
        """The types of the wires of some lines."""
        return inlay_hints.hints(self.document(path), self.checked.get(path), first, last)

    def certificate(self, path: Path) -> Certificate:
        """Whether the deployed network computes with spikes alone; raises SpecError where the spec is wrong."""
        return certificates.certificate(path, self.workspace.texts)

    def diagram(self, path: Path, level: Level = "network", *, dark: bool = False) -> str:
        """The picture of a text as DOT; raises SpecError where the spec is wrong."""
        return diagrams.diagram(path, self.workspace.texts, level, dark=dark)

    def subject(self, path: Path, place: Place, level: Level | None = None) -> Subject:
        """What a picture that follows the cursor shows at a place."""
        return preview.subject(self.workspace, self.document(path), place, level)

    def picture(self, path: Path, subject: Subject, *, dark: bool = False) -> Picture:
        """A picture as SVG, or why there is none."""
        return preview.picture(path, self.workspace.texts, subject, dark=dark)

    def marks(self, path: Path, place: Place, svg: str) -> tuple[str, ...]:
        """The ids of the elements of a picture that draw the wire at a place."""
        return preview.marks(svg, self.document(path), place)

    def lenses(self, path: Path) -> tuple[Lens, ...]:
        """What is shown above declarations."""
        return code_lenses.lenses(self.workspace, self.document(path), self.checked.get(path))

    def formatting(self, path: Path) -> Edit | None:
        """The edit that makes a text canonical; None where it is, has syntax errors, or is a vendored file's."""
        if is_vendored(path):
            return None
        document = self.document(path)
        source, text = document.source, formatting.formatted_document(document)
        whole = source.span(0, len(source.text))
        return None if text is None or text == source.text else Edit(whole, text)
