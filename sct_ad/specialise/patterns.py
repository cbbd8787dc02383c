"""What patterns ask about their subject, decided at compile time where the subject's type tells."""

from __future__ import annotations

from typing import Any

from sct_ad.rules.typing.builtin import classes_of
from sct_ad.runtime import patterns
from sct_ad.specialise import attributes, expressions
from sct_ad.specialise.frames import State
from sct_ad.specialise.symbols import Instance, Record, Runtime, Sequence, Symbol, literal
from sct_ad.syntax import nodes


def _asks(class_answers: Any, on_sequence: bool, on_record: bool) -> Any:
    def decide(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
        (subject,) = args
        if isinstance(subject, (Sequence, Record)):
            return literal(on_sequence if isinstance(subject, Sequence) else on_record)
        if isinstance(subject, Instance):
            return literal(class_answers(subject.cls))
        if not isinstance(subject, Runtime):
            return literal(False)
        classes = classes_of(subject.type)
        answers = set() if classes is None else {class_answers(cls) for cls in classes}
        return literal(answers.pop()) if len(answers) == 1 else None

    return decide


def _matched_part(state: State, args: list[Symbol], keywords: dict[str, Symbol]) -> Symbol | None:
    subject, cls, position = args
    found = expressions.static_value(cls)
    if not isinstance(found, type):
        raise state.refuse("a class pattern with a class that is not known", "test isinstance(...) with if")
    try:
        name = patterns.part_name(found, expressions.static_value(position))
    except TypeError as error:
        raise state.refuse(str(error)) from None
    return subject if name is None else attributes.attribute_of(state, subject, name, nodes.constant(None))


DECIDED: dict[Any, Any] = {
    patterns.is_sequence: _asks(patterns.is_sequence_class, True, False),
    patterns.is_mapping: _asks(patterns.is_mapping_class, False, True),
    patterns.matched_part: _matched_part,
}
