"""The living part of the pilot: what the team wrote on its tablets in the days before today.

Nothing is put into a table: tablets enrol, write and sync through the server's own endpoint, and
the office acts by the commands that its desk calls. So there are real conflicts, real holds and
tablets that really fell silent. The same seed and day make the same records; the ids of devices
and the keys that they sign with are others each time, as are ids that the server gives (reviews).
"""

from __future__ import annotations

from server.jobs.job import Ground
from server.jobs.runner import Runner
from server.pilot.pilot import Pilot
from server.pilot.scenes import Scenes
from server.pilot.stage import staged
from server.pilot.team import DAYS, Team
from server.settings import Settings


def enliven(pilot: Pilot, settings: Settings) -> dict[str, int]:
    """Play the days before today over what `generate` made. Returns what was made, by kind."""
    with staged(pilot, settings) as stage:
        stage.clock.now_ms = stage.moment(DAYS, 0)
        team = Team(stage)
        Scenes(team).plan()
        stage.play()
        stage.clock.now_ms = pilot.now_ms
        Runner(
            Ground(settings, stage.database)
        ).run_due()  # who came is compared with who was there
        return {
            "tablets": len(stage.tablets),
            "visits of the last days": sum(len(one.visits) for one in team.members.values()),
        }
