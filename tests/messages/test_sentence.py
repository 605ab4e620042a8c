"""A sentence keeps its English form, whatever language it is shown in, until it becomes data."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from archive.commands.common import StreamedList, as_data
from archive.errors import StoreUnavailable
from archive.messages import catalogue
from archive.messages.catalogue import quantity, tr
from archive.messages.catalogue_file import Message, compiled
from archive.messages.sentence import Sentence, in_english, joined
from archive.work.values import value_of

LOUD = {code: Message(tuple(t.upper() for t in one.texts), one.plural) for code, one in catalogue.english().items()}


@pytest.fixture
def another_language(monkeypatch: pytest.MonkeyPatch) -> None:
    # Parameters are named in small letters: only sentences without any are shown here, and numbers with their nouns.
    spoken = {code: one for code, one in LOUD.items() if "{" not in "".join(one.texts)}
    spoken |= {"": catalogue.english()[""], "gaps.cannot_be_read_run_archive": Message(("{objects}! {consequence}",))}
    spoken["noun.object"] = Message(("{n:,} OBJECT", "{n:,} OBJECTS"), plural=True)
    translations = compiled(spoken)
    monkeypatch.setattr(catalogue, "catalogue", lambda: translations)


@pytest.mark.usefixtures("another_language")
def test_a_sentence_is_shown_in_the_language_and_kept_in_english() -> None:
    lies = tr("copy.lies")

    assert (lies, in_english(lies)) == ("LIES", "lies")


@pytest.mark.usefixtures("another_language")
def test_the_parameters_of_an_english_sentence_are_english() -> None:
    said = tr("gaps.cannot_be_read_run_archive", objects=quantity("object", 2), consequence=ValueError(tr("copy.lies")))

    assert said == "2 OBJECTS! LIES"
    assert in_english(said) == "2 objects cannot be read: lies; run `archive verify`"


@pytest.mark.usefixtures("another_language")
def test_an_error_and_a_row_of_sentences_keep_their_english() -> None:
    error = StoreUnavailable(joined("; ", [tr("copy.lie"), tr("copy.lies"), "file:a"]))

    assert str(error) == "LIE; LIES; file:a"
    assert in_english(error) == in_english(str(error)) == "lie; lies; file:a"


@pytest.mark.usefixtures("another_language")
def test_data_are_in_english() -> None:
    value = {"one": tr("copy.lies"), "more": StreamedList(1, lambda: iter([{"two": (tr("copy.lie"), 1, None)}]))}

    assert json.loads(json.JSONEncoder().encode(as_data(value))) == {"one": "lies", "more": [{"two": ["lie", 1, None]}]}


def test_both_forms_travel_from_a_worker() -> None:
    sentence = Sentence("a", "b")

    for one in (copy.deepcopy(sentence), value_of(pickle.dumps(sentence))):
        assert (one, one.english, type(one)) == ("a", "b", Sentence)


def test_a_text_without_a_code_is_itself() -> None:
    assert in_english("kept in a vault") == "kept in a vault"
    assert in_english(OSError("no sentence")) == "no sentence"
