"""Finds the event type of a subject among those that a consumer declares."""

from collections.abc import Sequence

from bdc_contracts import Event

from bdc_chassis.errors import ValidationFailed


class EventTypes:
    """Maps concrete subjects onto event types; remembers each subject it has seen."""

    def __init__(self, events: Sequence[type[Event]]) -> None:
        self._events = tuple(events)
        self._known: dict[str, type[Event]] = {}

    def of(self, subject: str) -> type[Event]:
        """Return the event type published on `subject`.

        Raises:
            ValidationFailed: none of the declared types is.
        """
        known = self._known.get(subject)
        if known is None:
            known = self._known[subject] = self._find(subject)
        return known

    def _find(self, subject: str) -> type[Event]:
        tokens = subject.split(".")
        for event in self._events:
            pattern = event.subscription().split(".")
            if all(want in {"*", have} for want, have in zip(pattern, tokens, strict=False)):
                return event
        raise ValidationFailed(f"nobody declared the event type of {subject}; add it to the projection's events")
