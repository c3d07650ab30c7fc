"""States and arrows as a table; a record that moves along them and remembers how it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from shared.errors import IllegalTransition


class Move(NamedTuple):
    """One step of a record, as history keeps it. `from_state` is None for the step that made it."""

    from_state: str | None
    to_state: str
    command: str
    reason: str | None = None


@dataclass(frozen=True)
class Lifecycle:
    """The arrows of one kind of record: {(state, command): new state}. What is not in the table cannot happen."""

    name: str
    arrows: Mapping[tuple[str, str], str]

    def target(self, state: str, command: str) -> str:
        """The state that `command` leads to. Raises IllegalTransition with the commands that would pass."""
        try:
            return self.arrows[state, command]
        except KeyError:
            raise IllegalTransition(self.name, state, command, self.allowed(state)) from None

    def allowed(self, state: str) -> list[str]:
        """Commands with an arrow out of `state`, sorted."""
        return sorted({command for source, command in self.arrows if source == state})

    @property
    def states(self) -> list[str]:
        """Every state named by an arrow, sorted."""
        return sorted({state for state, _ in self.arrows} | set(self.arrows.values()))


@dataclass(kw_only=True)
class Record:
    """A row with a state. `seq` counts what it told, under its lock; `moves` is what history still has to get."""

    LIFECYCLE: ClassVar[Lifecycle]

    id: str
    state: str
    seq: int = 0
    moves: list[Move] = field(default_factory=list, compare=False, repr=False)
    stored: Sequence[Any] | None = field(default=None, compare=False, repr=False)
    """The row as it stands in the table, for the store; None when it is in none yet."""

    def begin(self, command: str, reason: str | None = None) -> None:
        """Notes the step that made the record, in the state it was made with."""
        self.moves.append(Move(None, self.state, command, reason))

    def move(self, command: str, reason: str | None = None) -> None:
        """Goes along the arrow of `command`. Raises IllegalTransition."""
        target = self.LIFECYCLE.target(self.state, command)
        self.moves.append(Move(self.state, target, command, reason))
        self.state = target

    def move_to(self, state: str, *, command: str, reason: str | None = None) -> bool:
        """As `move`, but asking for the state it is in changes nothing; returns whether it moved.

        Raises IllegalTransition when the arrow is missing or leads elsewhere.
        """
        if self.state == state:
            return False
        if self.LIFECYCLE.target(self.state, command) != state:
            raise IllegalTransition(self.LIFECYCLE.name, self.state, command, self.LIFECYCLE.allowed(self.state))
        self.move(command, reason)
        return True
