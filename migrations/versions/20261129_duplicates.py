"""duplicates.

Tables for pairs that may be one, for merges and what they wrote; indexes for what refers to people
and enterprises. The release before knows none of them. No data moves.

Revision: duplicates, after desk_acts
"""

import sqlalchemy as sa
from alembic import op

from server.db import tables

revision = 'duplicates'
down_revision = 'desk_acts'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('duplicate_due',
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('record_id', tables.RowId(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('entity', 'record_id', name=op.f('pk_duplicate_due'))
    )
    op.create_table('duplicate_pair',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('low_id', tables.RowId(), nullable=False),
    sa.Column('high_id', tables.RowId(), nullable=False),
    sa.Column('low_commune', sa.Text(), nullable=False),
    sa.Column('high_commune', sa.Text(), nullable=False),
    sa.Column('score', sa.SmallInteger(), nullable=False),
    sa.Column('reasons', sa.Text(), nullable=False),
    sa.Column('rests_on', sa.LargeBinary(length=8), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('found_at', sa.BigInteger(), nullable=False),
    sa.Column('decided_by', tables.RowId(), nullable=True),
    sa.Column('decided_at', sa.BigInteger(), nullable=True),
    sa.Column('shared_at', sa.BigInteger(), nullable=True),
    sa.Column('shared_by', tables.RowId(), nullable=True),
    sa.Column('wanted_at', sa.BigInteger(), nullable=True),
    sa.Column('wanted_by', tables.RowId(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duplicate_pair')),
    sa.UniqueConstraint('low_id', 'high_id', name=op.f('uq_duplicate_pair_low_id_high_id'))
    )
    with op.batch_alter_table('duplicate_pair', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_duplicate_pair_high_id'), ['high_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_duplicate_pair_state_high_commune'), ['state', 'high_commune'], unique=False)
        batch_op.create_index(batch_op.f('ix_duplicate_pair_state_low_commune'), ['state', 'low_commune'], unique=False)

    op.create_table('merge',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('survivor_id', tables.RowId(), nullable=False),
    sa.Column('loser_id', tables.RowId(), nullable=False),
    sa.Column('commune_code', sa.Text(), nullable=False),
    sa.Column('made_by', tables.RowId(), nullable=True),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('shared_in', sa.Integer(), nullable=True),
    sa.Column('undone_by', tables.RowId(), nullable=True),
    sa.Column('undone_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_merge'))
    )
    with op.batch_alter_table('merge', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_merge_commune_code_made_at'), ['commune_code', 'made_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_merge_loser_id'), ['loser_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_merge_survivor_id'), ['survivor_id'], unique=False)

    op.create_table('merge_write',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('merge_id', sa.BigInteger(), nullable=False),
    sa.Column('entity', sa.SmallInteger(), nullable=False),
    sa.Column('record_id', tables.RowId(), nullable=False),
    sa.Column('field', sa.SmallInteger(), nullable=False),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('before', sa.LargeBinary(), nullable=False),
    sa.Column('before_rev', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_merge_write'))
    )
    with op.batch_alter_table('merge_write', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_merge_write_merge_id'), ['merge_id'], unique=False)

    with op.batch_alter_table('attendance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attendance_person_id'), ['person_id'], unique=False)

    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_consent_enterprise_id'), ['enterprise_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_consent_person_id'), ['person_id'], unique=False)

    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_document_enterprise_id'), ['enterprise_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_document_person_id'), ['person_id'], unique=False)

    with op.batch_alter_table('enterprise', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_enterprise_survivor_id'), ['survivor_id'], unique=False)

    with op.batch_alter_table('maturity_assessment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_maturity_assessment_enterprise_id'), ['enterprise_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_maturity_assessment_person_id'), ['person_id'], unique=False)

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_person_national_card'), ['national_card'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_rna'), ['rna'], unique=False)
        batch_op.create_index(batch_op.f('ix_person_survivor_id'), ['survivor_id'], unique=False)

    with op.batch_alter_table('voice_note', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_voice_note_record_id'), ['record_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('voice_note', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_voice_note_record_id'))

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_person_survivor_id'))
        batch_op.drop_index(batch_op.f('ix_person_rna'))
        batch_op.drop_index(batch_op.f('ix_person_national_card'))

    with op.batch_alter_table('maturity_assessment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_maturity_assessment_person_id'))
        batch_op.drop_index(batch_op.f('ix_maturity_assessment_enterprise_id'))

    with op.batch_alter_table('enterprise', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_enterprise_survivor_id'))

    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_document_person_id'))
        batch_op.drop_index(batch_op.f('ix_document_enterprise_id'))

    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_consent_person_id'))
        batch_op.drop_index(batch_op.f('ix_consent_enterprise_id'))

    with op.batch_alter_table('attendance', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attendance_person_id'))

    with op.batch_alter_table('merge_write', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_merge_write_merge_id'))

    op.drop_table('merge_write')
    with op.batch_alter_table('merge', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_merge_survivor_id'))
        batch_op.drop_index(batch_op.f('ix_merge_loser_id'))
        batch_op.drop_index(batch_op.f('ix_merge_commune_code_made_at'))

    op.drop_table('merge')
    with op.batch_alter_table('duplicate_pair', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_duplicate_pair_state_low_commune'))
        batch_op.drop_index(batch_op.f('ix_duplicate_pair_state_high_commune'))
        batch_op.drop_index(batch_op.f('ix_duplicate_pair_high_id'))

    op.drop_table('duplicate_pair')
    op.drop_table('duplicate_due')
