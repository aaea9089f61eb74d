"""ENTITIES: what is synced, parents before children. New ones go to the end.

The place in this list is the entity's number on the wire and in the feed.
"""

from __future__ import annotations

from sync.entities.agent import AGENT
from sync.entities.application import APPLICATION, APPLICATION_STEP
from sync.entities.authorisation import AUTHORISATION
from sync.entities.claim import CLAIM
from sync.entities.consent import CONSENT
from sync.entities.contact_point import CONTACT_POINT, STOP
from sync.entities.enterprise import ENTERPRISE, MANDATE
from sync.entities.holding import HOLDING
from sync.entities.maturity import MATURITY_ASSESSMENT
from sync.entities.offer import OFFER
from sync.entities.operation import CONNECTIVITY_CHECK, INCIDENT
from sync.entities.person import PERSON
from sync.entities.reference import COMMUNE, PROVINCE, REGION
from sync.entities.resolution import RESOLUTION
from sync.entities.review import REVIEW
from sync.entities.service_edition import SERVICE_EDITION
from sync.entities.service_recording import SERVICE_RECORDING
from sync.entities.task import TASK
from sync.entities.training import ATTENDANCE, TRAINING_SESSION
from sync.entities.visit import DOCUMENT, PHOTO, VISIT
from sync.entities.voice_note import VOICE_NOTE
from sync.spec import Entity

ENTITIES: tuple[Entity, ...] = (
    REGION,
    PROVINCE,
    COMMUNE,
    AGENT,
    CONTACT_POINT,
    STOP,
    PERSON,
    ENTERPRISE,
    MANDATE,
    VISIT,
    APPLICATION,
    TASK,
    DOCUMENT,
    PHOTO,
    CONSENT,
    REVIEW,
    RESOLUTION,
    MATURITY_ASSESSMENT,
    TRAINING_SESSION,
    ATTENDANCE,
    CONNECTIVITY_CHECK,
    INCIDENT,
    VOICE_NOTE,
    AUTHORISATION,
    APPLICATION_STEP,
    CLAIM,
    HOLDING,
    OFFER,
    SERVICE_EDITION,
    SERVICE_RECORDING,
)
