"""Define the tables. A test compares them with what the migrations create."""

from digest.ground.database.tables.authentication import (
    DmarcCountRow,
    DmarcReportRow,
    PostmasterVerdictRow,
)
from digest.ground.database.tables.base import Base
from digest.ground.database.tables.delivery import (
    BatchRow,
    BatchState,
    DeliveryRow,
    DomainBackoffRow,
    EditionPaperRow,
    EditionRow,
    JournalCopyRow,
    RateUseRow,
    ReasonRow,
)
from digest.ground.database.tables.feedback import FeedbackRow, HookTokenRow, SuppressionKeyRow
from digest.ground.database.tables.operation import (
    AlertRow,
    ApiKeyRow,
    IdempotencyRow,
    LatencyRow,
    RunRow,
    TaskRow,
)
from digest.ground.database.tables.papers import (
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
from digest.ground.database.tables.readers import (
    DeliveryScheduleRow,
    EventKind,
    EventRow,
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
    "DeliveryRow",
    "DeliveryScheduleRow",
    "DmarcCountRow",
    "DmarcReportRow",
    "DomainBackoffRow",
    "DumpRow",
    "DumpStatus",
    "EditionPaperRow",
    "EditionRow",
    "EventKind",
    "EventRow",
    "FeedbackRow",
    "HookTokenRow",
    "IdempotencyRow",
    "JournalCopyRow",
    "LatencyRow",
    "PaperIdentifierRow",
    "PaperRow",
    "PaperTopicRow",
    "PostmasterVerdictRow",
    "RateUseRow",
    "ReasonRow",
    "RevisionRow",
    "RunRow",
    "SourceHostRow",
    "SourceRow",
    "SubscriberRow",
    "SummaryRow",
    "SuppressionKeyRow",
    "SuppressionRow",
    "TaskRow",
    "VoteRow",
]
