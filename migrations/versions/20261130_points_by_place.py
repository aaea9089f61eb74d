"""points by place.

An index alone: of the points of a country those around somebody are found by where they are.

Revision: points_by_place, after references
"""

from alembic import op

revision = 'points_by_place'
down_revision = 'references'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        'ix_contact_point_latitude_longitude', 'contact_point', ['latitude', 'longitude']
    )


def downgrade() -> None:
    op.drop_index('ix_contact_point_latitude_longitude', table_name='contact_point')
