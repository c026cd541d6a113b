"""Define the tables. A test compares them with what the migrations create."""

from digest.ground.database.tables.accounts import (
    AccountLinkRow,
    AccountRow,
    AccountSessionRow,
    AuditRow,
    PasskeyRow,
)
from digest.ground.database.tables.authentication import (
    DmarcCountRow,
    DmarcReportRow,
    PostmasterVerdictRow,
)
from digest.ground.database.tables.base import Base
from digest.ground.database.tables.delivery import (
    DATED_AT,
    IN_BATCH,
    UNSEALED,
    BatchRow,
    BatchState,
    BlockRow,
    DeliveryRow,
    DomainBackoffRow,
    EditionPaperRow,
    EditionRow,
    JournalCopyRow,
    RateUseRow,
    ReasonRow,
)
from digest.ground.database.tables.feedback import FeedbackRow, HookTokenRow, SuppressionKeyRow
from digest.ground.database.tables.installation import (
    HoldRow,
    InstallationRow,
    RestoredMailRow,
)
from digest.ground.database.tables.intake import Fate, IncomingMailRow
from digest.ground.database.tables.lab import LabCountRow, LabRow
from digest.ground.database.tables.operation import (
    AlertRow,
    ApiKeyRow,
    IdempotencyRow,
    LatencyRow,
    RunRow,
    TaskRow,
)
from digest.ground.database.tables.outbox import AskedAddressRow, AskingRow, OutboxRow
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
    ReaderReplyRow,
    SubscriberRow,
    SuppressionRow,
    VoteRow,
)
from digest.ground.database.tables.seals import SealRow
from digest.ground.database.tables.topics import CatalogueVersionRow, TopicFollowersRow

__all__ = [
    "DATED_AT",
    "IN_BATCH",
    "UNSEALED",
    "AccountLinkRow",
    "AccountRow",
    "AccountSessionRow",
    "AlertRow",
    "ApiKeyRow",
    "AppearanceRow",
    "AskedAddressRow",
    "AskingRow",
    "AuditRow",
    "Base",
    "BatchRow",
    "BatchState",
    "BlockRow",
    "CatalogueVersionRow",
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
    "Fate",
    "FeedbackRow",
    "HoldRow",
    "HookTokenRow",
    "IdempotencyRow",
    "IncomingMailRow",
    "InstallationRow",
    "JournalCopyRow",
    "LabCountRow",
    "LabRow",
    "LatencyRow",
    "OutboxRow",
    "PaperIdentifierRow",
    "PaperRow",
    "PaperTopicRow",
    "PasskeyRow",
    "PostmasterVerdictRow",
    "RateUseRow",
    "ReaderReplyRow",
    "ReasonRow",
    "RestoredMailRow",
    "RevisionRow",
    "RunRow",
    "SealRow",
    "SourceHostRow",
    "SourceRow",
    "SubscriberRow",
    "SummaryRow",
    "SuppressionKeyRow",
    "SuppressionRow",
    "TaskRow",
    "TopicFollowersRow",
    "VoteRow",
]
