"""Ask: the questions of an import, answered on a terminal or by an option."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from archive.commands.printing import can_ask, confirm, say
from archive.errors import RequestRefused
from archive.messages.catalogue import tr
from archive.services.imports.questions import Question, QuestionKind

ACCEPTING = {QuestionKind.NO_SCANS: "--accept-non-scans", QuestionKind.REUSED_NAMES: "--accept-reused-names"}


def ask(questions: Iterable[Question], accepted: Collection[QuestionKind]) -> None:
    """Ask each question of a kind that was not accepted. Raises RequestRefused for no, and where nobody can answer."""
    for question in questions:
        if question.kind in accepted:
            continue
        option = ACCEPTING[question.kind]
        if not can_ask():
            raise RequestRefused(tr("question.nothing_was_imported_option", question=question.text, option=option))
        say(question.text, err=True)
        if not confirm(tr("question.import_them_all_the_same")):
            raise RequestRefused(tr("question.nothing_was_imported"))
