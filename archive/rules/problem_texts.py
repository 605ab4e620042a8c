"""The sentence for each problem, made from its code and parameters when it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archive.messages.catalogue import MessageGroup, tr
from archive.model.results import Problem
from archive.rules.fields.dates import not_read

# What a page problem says is its cause and what to do: the cause is named by a slug of CAUSES.
SENTENCES: Mapping[str, str] = MessageGroup("problem")

# Why a page could not be read, or its worker was lost.
CAUSES: Mapping[str, str] = MessageGroup("cause")

# Why a page was not screened for secret marks; some causes bring a number, behind a colon.
UNSCREENED: Mapping[str, str] = MessageGroup("unscreened")

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "cause": CAUSES,
    "check": MessageGroup("check"),
    "screened": MessageGroup("screened"),
    "witnesses": MessageGroup("witnesses"),
}


def sentence(problem: Problem) -> str:
    """Return what ``problem`` means without its page, field and code, which stand beside it.

    A sentence that format 1 kept, and a scan's rejection, is shown as it stands (param ``text``). A code that this
    release does not know is named: a newer one wrote it.
    """
    if "text" in problem.params:
        return problem.params["text"]
    if problem.code == "doubtful_field" and "sure" in problem.params:
        return not_read(problem.params["sure"]) or SENTENCES[problem.code]
    template = SENTENCES.get(problem.code)
    if template is None:
        return tr("problems.a_newer_release_noted", code=problem.code)
    return template.format_map(
        _ProblemParams({name: _phrase_for(name, value, problem.params) for name, value in problem.params.items()})
    )


def cause_in_words(slug: str, params: Mapping[str, str]) -> str:
    """Return a cause in English; one that is not in the table is shown as it stands: format 1 kept sentences."""
    return _phrase_for("cause", slug, params)


def unscreened_in_words(causes: Iterable[str]) -> str:
    """Return why something was not screened, in English, each cause with its slug; an unknown one is its slug alone."""
    said = []
    for cause in causes:
        slug, _, number = cause.partition(":")
        template = UNSCREENED.get(slug)
        said.append(slug if template is None else f"{template.format(number=number)} [{slug}]")
    return "; ".join(said)


def _phrase_for(name: str, value: str, params: Mapping[str, str]) -> str:
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
