"""The pages of a PDF, laid out by pdfminer. Circular references, which it would follow forever, are refused."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LAParams, LTPage
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfexceptions import PDFValueError
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import PDFObjRef


class ResolvedDocument(PDFDocument):
    """A document whose objects are never references to others."""

    def getobj(self, objid: int) -> object:
        """Return an object, or what it refers to. Raises `PDFException` where that leads back to it."""
        seen = {objid}
        found = super().getobj(objid)
        while isinstance(found, PDFObjRef):
            if found.objid in seen:
                raise PDFValueError(f"object {objid} refers to itself")
            seen.add(found.objid)
            found = super().getobj(found.objid)
        return found


def read_pages(document: PDFDocument, most: int) -> Iterator[LTPage]:
    """Return the first pages of a document, laid out."""
    resources = PDFResourceManager(caching=True)
    device = PDFPageAggregator(resources, laparams=LAParams())
    interpreter = PDFPageInterpreter(resources, device)
    for page in islice(PDFPage.create_pages(document), most):
        interpreter.process_page(page)
        yield device.get_result()
