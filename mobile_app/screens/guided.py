"""Something guided, one step after another: forward only where the step is whole, back always."""

from __future__ import annotations


class Guided:
    """What forms and visits share. `number`: of the step one is at, from 1."""

    number = 1

    def is_whole(self) -> bool:
        """Whether the step one is at may be left; what lacks is said in the inputs."""
        raise NotImplementedError

    def keep(self) -> None:
        """Store the draft, on disk."""
        raise NotImplementedError

    def go_on(self) -> bool:
        """Take the next step. Returns False where something is missing or wrong."""
        if not self.is_whole():
            return False
        self.number += 1
        self.keep()
        return True

    def go_back(self) -> bool:
        """Take the step before. Returns whether there was one."""
        if self.number == 1:
            return False
        self.number -= 1
        self.keep()
        return True
