"""Front-end packages straight from node_modules: an explicit list, no bundler, nothing else is ever served."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

NODE_MODULES = Path(settings.BASE_DIR) / "node_modules"
# What the pages ask for as static/vendor/<name>: where it is below node_modules.
VENDOR = {
    "vendor/htmx.js": "htmx.org/dist/htmx.min.js",
    "vendor/htmx-sse.js": "htmx-ext-sse/dist/sse.min.js",
    "vendor/idiomorph.js": "idiomorph/dist/idiomorph-ext.min.js",
    "vendor/sortable.js": "sortablejs/modular/sortable.esm.js",
    "vendor/tinykeys.js": "tinykeys/dist/tinykeys.mjs",
}


def find_missing() -> str:
    """The first listed file that is not installed; empty when all are there."""
    return next((source for source in VENDOR.values() if not (NODE_MODULES / source).is_file()), "")


class NodeModulesFinder(BaseFinder):
    """Finds the listed files."""

    storage: Storage = FileSystemStorage(location=str(NODE_MODULES))

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        source = VENDOR.get(path)
        found = [str(NODE_MODULES / source)] if source and (NODE_MODULES / source).is_file() else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for path, source in VENDOR.items():
            if (NODE_MODULES / source).is_file():
                yield path, _Renamed(path, NODE_MODULES / source)


class _Renamed(FileSystemStorage):
    """One file under another name, for collectstatic."""

    def __init__(self, name: str, source: Path) -> None:
        super().__init__(location=str(source.parent))
        self.name, self.source = name, source

    def path(self, name: str) -> str:
        return str(self.source)
