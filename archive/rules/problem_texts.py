"""The sentence for each problem, made from its code and parameters when it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archive.model.results import Problem
from archive.rules.fields.dates import not_read

_LOOK = "{screened}: look at it, then import again with --retry"

# What a page problem says is its cause and what to do: the cause is named by a slug of CAUSES below.
SENTENCES: Mapping[str, str] = {
    "accepted_unscreened": "taken in by a person although not all of it was screened for secret marks: {pages} "
    "({causes}); look at that before the paper is used or shown",
    "contradiction": "{check}; it is left out; read it from the page",
    "doubtful_field": "on the page, not read surely",
    "field_missing": "nothing was found where it should stand; look at the page",
    "no_header": "no page of the scan has the head of an official paper; its fields are not known",
    "no_words": "the page is not blank, yet no words were found; look at it",
    "page_engine_failed": "{cause}. " + _LOOK,
    "page_over_limit": "{cause}. " + _LOOK,
    "page_timed_out": "{cause}. " + _LOOK,
    "page_unreadable": "{cause}. " + _LOOK,
    "poor_reading": "the page was read badly; check its text and fields",
    "secret_kept": "bears a secret mark that was found when it was in the archive already: the record is withheld; "
    "hand the paper to whoever keeps secret papers",
    "secret_mark": "bears a secret mark; nothing of it was kept but a number ({line}); hand it to whoever keeps "
    "secret papers",
    "size_conflict": "{witnesses} give different paper sizes. Measure the paper; until then the page counts as one A4",
    "two_results": "another result begins here; the fields are those of the first. Do not give its pages once more: "
    "they would count twice",
}

# Why a page could not be read, or its worker was lost.
CAUSES: Mapping[str, str] = {
    "damaged": "the file is broken inside; scan the paper again",
    "encrypted": "the file is locked by a password",
    "machines_lost": "{detail} machines of the cluster, one after the other, went away at it",
    "not_rendered": "the page cannot be rendered by either renderer; scan this page again",
    "over_limit": "the page is over a limit; scan it at a lower resolution, or raise the limits under [limits]",
    "over_limit_jpeg_2000": "the page holds a JPEG 2000 image of {width} x {height} pixels that cannot be decoded in "
    "parts; scan it at a lower resolution, or raise large_worker_mib under [limits]",
    "over_limit_pixels": "the page has {width} x {height} pixels; allowed are {side} a side and {pixels} in all; scan "
    "it at a lower resolution, or raise page_side or page_pixels under [limits]",
    "page_absent": "there is no such page: the scan has {pages}",
    "page_gone": "the page was gone when the scan was opened again",
    "page_incomplete": "the page asks for {lacks} that is not in the file; scan this page again",
    "picture_beyond_reader": "a picture of {width} x {height} pixels cannot be read by the reader; scan the page again",
    "picture_damaged": "the page cannot be decoded: its data are damaged or incomplete; scan this page again",
    "picture_data_ends_early": "the data of its picture end before the picture does; scan this page again",
    "picture_empty": "the picture of this page has no size; scan the page again",
    "picture_not_decoded": "the page holds a picture that neither renderer can decode; scan this page again",
    "reader_failed": "the reader failed on this page; scan it again or read it by eye",
    "reader_gave_up": "the reader gave up on this page; scan it again or read it by eye",
    "samples_of_32_bits": "the page keeps samples of 32 bits, which have no agreed white; save it with 8 or 16 bits",
    "rejected": "the file was refused when it was opened again",
    "stamp_reader_failed": "the reader failed on a stamp of this page; look at the page by eye",
    "took_too_long": "reading took more than {seconds} s",
    "unreadable": "the file cannot be read to its end; scan the paper again",
    "vanished": "the file was gone when it was opened again; check folder and disk",
    "worker_answer": "the worker sent what is no answer ({detail})",
    "worker_died": "the worker died (exit status {detail})",
    "worker_error": "unexpected {detail} in the worker",
    "worker_memory": "the worker needed more than {detail} MiB",
    "worker_task": "unexpected {detail} in the task",
}

# Why a page was not screened for secret marks; some causes bring a number, behind a colon.
UNSCREENED: Mapping[str, str] = {
    "attached_files": "the file holds attached files: {number}",
    "hidden_data": "the file holds data that belong to none of its pages",
    "hidden_layer": "a layer that is off cannot be shown",
    "hidden_picture": "a hidden picture cannot be shown",
    "media": "the file holds sound, film or models",
    "not_noted": "nobody noted whether it was screened",
    "outside_the_page": "something lies too far outside the page to be shown",
    "outside_unreadable": "what lies outside the page cannot be shown",
    "over_limit": "larger than the limits allow",
    "page_missing": "the file holds pages that its page tree does not show",
    "picture_data_ends_early": "the data of its picture end early",
    "portfolio": "the file is a portfolio of other files",
    "screen_failed": "the screen failed on it",
    "structure": "nobody can tell what the file holds",
    "timed_out": "looking at it took too long",
    "unreadable": "its picture cannot be had",
    "worker_lost": "the worker that looked at it was lost",
    "xfa": "the file has a form that viewers make up",
}

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "cause": CAUSES,
    "check": {
        "birth_or_sex": "the number and the birth date or sex beside it exclude each other",
        "before_issue": "it lies before the date of issue",
    },
    "screened": {
        "clear": "Its picture was screened for secret marks, its words were not",
        "not_screened": "The page was not screened for secret marks",
        "seen": "A mark was seen on it that a person took for a false alarm",
    },
    "witnesses": {
        "box_and_image": "the page box and the resolution written in its image",
        "two_resolutions": "two resolutions written in the file",
    },
}


def sentence(problem: Problem) -> str:
    """Return what ``problem`` means, in English, without its page, field and code, which stand beside it.

    A sentence that format 1 kept, and a scan's rejection, is shown as it stands (param ``text``). A code that this
    release does not know is named: a newer one wrote it.
    """
    if "text" in problem.params:
        return problem.params["text"]
    if problem.code == "doubtful_field" and "sure" in problem.params:
        return not_read(problem.params["sure"]) or SENTENCES[problem.code]
    template = SENTENCES.get(problem.code)
    if template is None:
        return f"a newer release of the archive noted {problem.code}; update to see what it means"
    return template.format_map(
        _ProblemParams({name: _said(name, value, problem.params) for name, value in problem.params.items()})
    )


def cause_in_words(slug: str, params: Mapping[str, str]) -> str:
    """Return a cause in English; one that is not in the table is shown as it stands: format 1 kept sentences."""
    return _said("cause", slug, params)


def unscreened_in_words(causes: Iterable[str]) -> str:
    """Return why something was not screened, in English, each cause with its slug; an unknown one is its slug alone."""
    said = []
    for cause in causes:
        slug, _, number = cause.partition(":")
        template = UNSCREENED.get(slug)
        said.append(slug if template is None else f"{template.format(number=number)} [{slug}]")
    return "; ".join(said)


def _said(name: str, value: str, params: Mapping[str, str]) -> str:
    if name == "causes":
        return unscreened_in_words(value.split(", "))
    template = _PHRASES.get(name, {}).get(value)
    if name == "pages":
        return f"{'page' if value.isdigit() else 'pages'} {value}"
    return value if template is None else template.format_map(_ProblemParams(params))


class _ProblemParams(dict[str, str]):
    """Params; one that is lacking, as in what another program wrote, is a question mark."""

    def __missing__(self, name: str) -> str:
        return "?"
