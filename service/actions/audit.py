"""The audit: what people did, found and taken away as a file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum

from sqlmodel import Session

from service.actions.spreadsheets import harmless
from service.clock import iso
from storage.stores.people.acts import ActFilter, DoneAct, acts_done

MOST = 10_000
"""Acts of one file."""
COLUMNS = ("id", "at", "who", "via", "address", "subject", "verb", "about", "facts")


class AuditFormat(StrEnum):
    """What the audit is exported as."""

    CSV = "csv"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """Return the media type of such a file."""
        return "text/csv; charset=utf-8" if self is AuditFormat.CSV else "application/json"


def audit_to_export(session: Session, wanted: ActFilter) -> list[DoneAct]:
    """Return the newest acts that fit, as many as a file holds."""
    return acts_done(session, wanted, limit=MOST)


def exported_audit(acts: Sequence[DoneAct], wanted: AuditFormat) -> bytes:
    """Return acts as a file, newest first."""
    records = [{**asdict(act), "at": iso(act.at)} for act in acts]
    if wanted is AuditFormat.JSON:
        return json.dumps(records, ensure_ascii=False, indent=2).encode()
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for record in records:
        facts = json.dumps(record["facts"], ensure_ascii=False)
        writer.writerow([harmless(value) for value in ({**record, "facts": facts}[name] for name in COLUMNS)])
    return out.getvalue().encode("utf-8-sig")
