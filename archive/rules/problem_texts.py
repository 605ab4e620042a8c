"""The sentence that a person sees for a problem, made from its code and params when it is shown."""

from __future__ import annotations

from collections.abc import Mapping

from archive.model.results import Problem
from archive.rules.dates import not_read

_LOOK = "The page was not screened for secret marks: look at it, then import again with --retry"

# What a page problem says is its cause and what to do: the cause is named by a slug of CAUSES below.
SENTENCES: Mapping[str, str] = {
    "contradiction": "{check}; it is left out; read it from the page",
    "doubtful_field": "on the page, not read surely",
    "field_missing": "nothing was found where it should stand; look at the page",
    "no_header": "no page of the scan has the head of an official paper; its fields are not known",
    "no_words": "the page is not blank, yet no words were found; look at it",
    "page_engine_failed": f"{{cause}}. {_LOOK}",
    "page_over_limit": f"{{cause}}. {_LOOK}",
    "page_timed_out": f"{{cause}}. {_LOOK}",
    "page_unreadable": f"{{cause}}. {_LOOK}",
    "poor_reading": "the page was read badly; check its text and fields",
    "secret_kept": "a page that could not be read before bears a secret mark, and the scan IS in the archive: hand "
    "this to whoever keeps secret papers, to have it taken out by decision",
    "secret_mark": "bears a secret mark; nothing of it was kept but a number ({line}); hand it to whoever keeps "
    "secret papers",
    "size_conflict": "{witnesses} give different paper sizes. Measure the paper; until then the page counts as one A4",
    "two_results": "another result begins here; the fields are those of the first. Do not give its pages once more: "
    "they would count twice",
}

PHRASES: Mapping[str, Mapping[str, str]] = {
    "check": {
        "birth_or_sex": "the number and the birth date or sex beside it exclude each other",
        "before_issue": "it lies before the date of issue",
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
    return template.format_map(_Said(problem.params))


class _Said(dict[str, str]):
    """Params in words; one that is lacking, as in what another program wrote, is a question mark."""

    def __init__(self, params: Mapping[str, str]) -> None:
        super().__init__({name: PHRASES.get(name, {}).get(value, value) for name, value in params.items()})

    def __missing__(self, name: str) -> str:
        return "?"
