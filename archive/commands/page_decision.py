"""A decision about one page: logged, and printed as text and as JSON."""

from __future__ import annotations

from typing import Any

from archive.commands.common import CommandContext, print_json
from archive.commands.printing import say
from archive.errors import Exit
from archive.messages.catalogue import tr
from archive.messages.sentence import Sentence
from archive.model.pages import Exclusion, Measure
from archive.services.audit.page_decisions import Decided


def end(context: CommandContext, done: Decided, message: Sentence, as_json: bool) -> Exit:
    """Log and print a decision; return the exit code of the command."""
    context.log.write(
        "result",
        line=done.line.id,
        record=done.line.record,
        action=done.line.action,
        counts={"waiting": int(done.waits)},
    )
    if as_json:
        print_json(_values(done))
    else:
        say(message)
        if done.unpublished is not None:
            say(tr("decision.page_table_lacks_it", reason=done.unpublished))
    return Exit.NEEDS_PERSON if done.waits or done.unpublished else Exit.OK


def _values(done: Decided) -> dict[str, Any]:
    """Return a page after a decision as JSON has it."""
    return {
        "line": done.line.id,
        "version": done.line.version,
        "record": done.line.record,
        "page": done.page.number,
        "waits": done.waits,
        "measure": measure_values(done.page.measure),
        "exclusion": exclusion_values(done.page.exclusion),
        "unpublished": str(done.unpublished) if done.unpublished is not None else None,
    }


def measure_values(measure: Measure | None) -> dict[str, Any] | None:
    """Return a measure as JSON has it; ``proposed`` waits for a second person while the other size counts."""
    if measure is None:
        return None
    proposed = measure_values(measure.proposed)
    return {"width_mm": measure.width_mm, "height_mm": measure.height_mm, **_settled_by(measure), "proposed": proposed}


def exclusion_values(exclusion: Exclusion | None) -> dict[str, Any] | None:
    """Return an exclusion as JSON has it."""
    if exclusion is None:
        return None
    return {"reason": exclusion.reason, "state": exclusion.state.value, **_settled_by(exclusion)}


def _settled_by(decision: Measure | Exclusion) -> dict[str, Any]:
    return {"settled_by": [{"actor": one.actor, "at": one.at} for one in decision.settled_by]}
