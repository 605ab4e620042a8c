"""The page tree of a PDF. Its leaves are the pages, whatever /Count says (ISO 32000-1, 7.7.3)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_MAX_DEPTH = 100  # branches within branches; a balanced tree of a million pages has five

_Attributes = dict[str, pikepdf.Object]


@dataclass(frozen=True, slots=True)
class PageTree:
    """The leaves of a page tree in reading order, at most one more than asked for.

    ``sound``: the tree follows the standard, so that every reader finds the same pages in it.
    """

    leaves: tuple[pikepdf.Object, ...]
    sound: bool
    inherited: tuple[_Attributes, ...] = ()


def page_tree(pdf: pikepdf.Pdf, max_pages: int) -> PageTree:
    """Return the page tree of ``pdf``. A damaged root raises any Exception.

    Only dictionaries are pages. A repeated branch, for instance its own descendant, is skipped.
    """
    walk = _TreeWalk()
    walk.is_new(pdf.Root.Pages)
    leaves, inherited = [], []
    for leaf, attributes in walk.leaves(pdf.Root.Pages, {}, 0):
        leaves.append(leaf)
        inherited.append(attributes)
        if len(leaves) > max_pages:
            break
    return PageTree(tuple(leaves), walk.sound, tuple(inherited))


def rewritten(pdf: pikepdf.Pdf, tree: PageTree) -> tuple[bytes, PageTree]:
    """Return ``pdf`` as a file with the same pages in a valid tree, and that tree; changes ``pdf`` in memory."""
    root = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages, Count=len(tree.leaves)))
    kids, taken = [], set()
    for leaf, attributes in zip(tree.leaves, tree.inherited, strict=True):
        is_new = leaf.is_indirect and leaf.objgen not in taken
        taken.add(leaf.objgen)
        page = leaf if is_new else pdf.make_indirect(pikepdf.Dictionary(dict(leaf.items())))
        for name, value in attributes.items():
            if name not in page:
                page[name] = value
        page.Type, page.Parent = pikepdf.Name.Page, root
        kids.append(page)
    root.Kids = pikepdf.Array(kids)
    pdf.Root.Pages = root
    file = io.BytesIO()
    pdf.save(file, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return file.getvalue(), PageTree(tuple(kids), sound=True)


@dataclass(slots=True)
class _TreeWalk:
    """One walk over the branches, which may form cycles."""

    sound: bool = True
    seen: set[tuple[int, int]] = field(default_factory=set)

    def leaves(
        self, branch: pikepdf.Object, inherited: _Attributes, depth: int
    ) -> Iterator[tuple[pikepdf.Object, _Attributes]]:
        """Yield each leaf below ``branch`` with its inherited attributes."""
        own = {name: branch[name] for name in _INHERITED if name in branch}
        inherited = inherited | own if own else inherited
        found = 0
        kids = branch.get("/Kids")
        for kid in kids if isinstance(kids, pikepdf.Array) else ():
            if not isinstance(kid, pikepdf.Dictionary):
                self.sound = False
            elif "/Kids" in kid:
                if depth > _MAX_DEPTH:
                    raise ValueError("branches within branches without end")
                if self.is_new(kid):
                    for leaf in self.leaves(kid, inherited, depth + 1):
                        found += 1
                        yield leaf
            else:
                found += 1
                self.is_new(kid)
                self.sound = self.sound and kid.get("/Type") == "/Page"
                yield kid, inherited
        self.sound = self.sound and found > 0 and branch.get("/Count") == found and branch.get("/Type") == "/Pages"

    def is_new(self, node: pikepdf.Object) -> bool:
        """Remember ``node``; return True when it is new. A direct object is not a valid node."""
        if not node.is_indirect:
            self.sound = False
            return True
        is_new = node.objgen not in self.seen
        self.seen.add(node.objgen)
        self.sound = self.sound and is_new
        return is_new
