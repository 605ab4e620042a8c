"""Contenders: ways to read the same scans, each as a program of its own that writes what it read as JSON.

usage: python -m bench.contenders NAME JOBS OUT.json FILE…
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from archive.ingest.open import open_scan
from archive.model.limits import Limits

LANGUAGE = "vie"


def page_images(file: Path) -> list[tuple[object, float]]:
    """Return a scan's pages as (pixels, dpi): the same road as the import, so that only reading differs."""
    with open_scan(file, Limits()) as document:
        images = [document.page(number).image() for number in range(1, document.page_count + 1)]
    return [(image.pixels, image.dpi) for image in images]


def tesserocr_file(file: Path) -> list[str]:
    """Read a scan with a bare in-process Tesseract: psm 3, the raw page, the model kept loaded."""
    import tesserocr
    from PIL import Image

    from archive.ocr.tesseract.tessdata import find_tessdata

    api = _KEPT.setdefault("api", None) or tesserocr.PyTessBaseAPI(
        path=str(find_tessdata(LANGUAGE)), lang=LANGUAGE, psm=tesserocr.PSM.AUTO
    )
    _KEPT["api"] = api
    texts = []
    for pixels, dpi in page_images(file):
        api.SetImage(Image.fromarray(pixels))
        api.SetSourceResolution(int(dpi))
        texts.append(api.GetUTF8Text())
    return texts


def pytesseract_file(file: Path) -> list[str]:
    """Read a scan with pytesseract: a process for each page."""
    import pytesseract
    from PIL import Image

    return [
        pytesseract.image_to_string(Image.fromarray(pixels), lang=LANGUAGE, config=f"--psm 3 --dpi {int(dpi)}")
        for pixels, dpi in page_images(file)
    ]


def ocrmypdf_file(file: Path) -> list[str]:
    """Read a scan with ``ocrmypdf -l vie --deskew --rotate-pages``; images go in as they are."""
    with tempfile.TemporaryDirectory() as folder:
        sidecar = Path(folder) / "text"
        command = [
            os.environ.get("OCRMYPDF", "ocrmypdf"),
            *("-l", LANGUAGE, "--deskew", "--rotate-pages", "--force-ocr", "--output-type", "pdf", "--jobs", "1"),
            *("--image-dpi", "200", "--sidecar", str(sidecar), str(file), str(Path(folder) / "out.pdf")),
        ]
        done = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
        if done.returncode:
            return []
        return sidecar.read_text("utf-8").split("\f")


def import_all(files: list[Path], jobs: int) -> dict[str, list[str]]:
    """Run the whole import: accept, read, screen, keep, record, index; return the texts of the records."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "cli.py", "--home", f"{folder}/home"]
        run = [*command, "import", *map(str, files), "--batch", "bench", "--jobs", str(jobs)]
        subprocess.run(run, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        exported = subprocess.run([*command, "export"], check=True, capture_output=True).stdout
        texts: dict[str, list[str]] = {}
        for line in exported.splitlines():
            record = json.loads(line)
            texts[record["parts"][0]["name"]] = [page["text"] or "" for page in record["pages"]]
        return texts


_KEPT: dict[str, object] = {}  # the loaded engine of a worker of the loops
_LOOPS: dict[str, Callable[[Path], list[str]]] = {
    "tesserocr": tesserocr_file,
    "pytesseract": pytesseract_file,
    "ocrmypdf": ocrmypdf_file,
}


def main() -> None:
    """Run one contender."""
    name, jobs, out, *names = sys.argv[1:]
    files = [Path(one) for one in names]
    os.environ.update(OMP_THREAD_LIMIT="1", OMP_NUM_THREADS="1")
    if name == "import":
        texts = import_all(files, int(jobs))
    else:
        with multiprocessing.get_context("spawn").Pool(int(jobs)) as pool:
            found = pool.map(_LOOPS[name], files, chunksize=1)
        texts = {file.name: pages for file, pages in zip(files, found, strict=True)}
    Path(out).write_text(json.dumps(texts, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
