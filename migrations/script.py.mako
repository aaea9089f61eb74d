<%
def stated(part):
    """Without the remarks of Alembic's own, which are no part of a revision."""
    return "\n".join(line for line in (part or "").splitlines() if "# ###" not in line).strip()

up, down = stated(upgrades), stated(downgrades)
drafted = up + down
%>\
"""${message}.

The law of migrations: a revision must work while the release before it still runs. Expand first,
contract a release later; a drop names here the release that stopped using what it drops. Data
moves in batches, in a revision of its own, with a test. Autogenerate is a draft: read every line.

Revision: ${up_revision}, after ${down_revision | comma,n}
"""

% if "sa." in drafted:
import sqlalchemy as sa
% endif
% if "op." in drafted:
from alembic import op
% endif
% if "tables." in drafted:

from server.db import tables
% endif
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${up or "pass"}


def downgrade() -> None:
    ${down or "pass"}
