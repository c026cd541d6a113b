"""The mapped classes: what the database remembers. Migrations from nothing equal these (tested)."""

from digest.db.tables.base import (
    Base,
)
from digest.db.tables.delivery import (
    BatchRow,
    BatchState,
    CopyRow,
    DeliveryRow,
    DomainRestRow,
    EditionPaperRow,
    EditionRow,
    PaceRow,
    ReasonRow,
)
from digest.db.tables.operation import (
    AlertRow,
    ApiKeyRow,
    IdempotencyRow,
    LatencyRow,
    RunRow,
    TickRow,
)
from digest.db.tables.papers import (
    AppearanceRow,
    DumpRow,
    DumpStatus,
    PaperIdentifierRow,
    PaperRow,
    PaperTopicRow,
    RevisionRow,
    SourceHostRow,
    SourceRow,
    SummaryRow,
)
from digest.db.tables.readers import (
    EventKind,
    EventRow,
    RhythmRow,
    SubscriberRow,
    SuppressionRow,
    VoteRow,
)

__all__ = [
    "AlertRow",
    "ApiKeyRow",
    "AppearanceRow",
    "Base",
    "BatchRow",
    "BatchState",
    "CopyRow",
    "DeliveryRow",
    "DomainRestRow",
    "DumpRow",
    "DumpStatus",
    "EditionPaperRow",
    "EditionRow",
    "EventKind",
    "EventRow",
    "IdempotencyRow",
    "LatencyRow",
    "PaceRow",
    "PaperIdentifierRow",
    "PaperRow",
    "PaperTopicRow",
    "ReasonRow",
    "RevisionRow",
    "RhythmRow",
    "RunRow",
    "SourceHostRow",
    "SourceRow",
    "SubscriberRow",
    "SummaryRow",
    "SuppressionRow",
    "TickRow",
    "VoteRow",
]
