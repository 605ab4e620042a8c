"""The sentence for each problem, made from its code and parameters when it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archive.messages.catalogue import MessageGroup, tr
from archive.messages.sentence import Sentence, joined
from archive.model.results import Problem
from archive.rules.fields.dates import not_read

# The text of a page problem: its cause, a slug of CAUSES, and the remedy.
SENTENCES = MessageGroup("problem")

# Causes why a page could not be read, or its worker was lost.
CAUSES = MessageGroup("cause")

# Causes why a page was not screened; some have a number after a colon.
UNSCREENED = MessageGroup("unscreened")

_PHRASES = {
    "cause": CAUSES,
    "check": MessageGroup("check"),
    "lacks": MessageGroup("lacks"),
    "screened": MessageGroup("screened"),
    "witnesses": MessageGroup("witnesses"),
}


def sentence(problem: Problem) -> str:
    """Return the sentence of ``problem``, without its page, field and code, which are shown beside it.

    A sentence that format 1 kept, and a scan's rejection, is shown as it stands (param ``text``). A code that this
    release does not know is named: a newer one wrote it.
    """
    if "text" in problem.params:
        return problem.params["text"]
    if problem.code == "doubtful_field" and "sure" in problem.params:
        return not_read(problem.params["sure"]) or SENTENCES.sentence(problem.code, {})
    if problem.code not in SENTENCES:
        return tr("problems.a_newer_release_noted", code=problem.code)
    phrases = {name: _phrase_for(name, value, problem.params) for name, value in problem.params.items()}
    return SENTENCES.sentence(problem.code, _ProblemParams(phrases))


def cause_in_words(slug: str, params: Mapping[str, str]) -> str:
    """Return a cause in words; an unknown one unchanged, because format 1 stored sentences."""
    return _phrase_for("cause", slug, params)


def unscreened_in_words(causes: Iterable[str]) -> Sentence:
    """Return why something was not screened, in words, each cause with its slug; an unknown one is its slug alone."""
    said: list[str] = []
    for cause in causes:
        slug, _, number = cause.partition(":")
        if slug in UNSCREENED:
            slug = tr("problems.cause_and_slug", cause=UNSCREENED.sentence(slug, {"number": number}), slug=slug)
        said.append(slug)
    return joined("; ", said)


def _phrase_for(name: str, value: str, params: Mapping[str, str]) -> str:
    if name == "causes":
        return unscreened_in_words(value.split(", "))
    if name == "pages":
        return tr("problems.page", page=value) if value.isdigit() else tr("problems.pages", pages=value)
    # What a page lacks is kept in words, every other phrase as a slug.
    slug = value.replace(",", "").replace(" ", "_") if name == "lacks" else value
    group = _PHRASES.get(name)
    return value if group is None or slug not in group else group.sentence(slug, _ProblemParams(params))


class _ProblemParams(dict[str, str]):
    """Params; a missing one, as in records of another program, is a question mark."""

    def __missing__(self, name: str) -> str:
        return "?"
