"""An extractor: whoever signed a page in the way of one content system."""

from crawler.extract.base import Extractor, Page
from crawler.extract.facts import Facts


class Signed(Extractor):
    name = "signed"
    doc = "Authors in elements of the class signed."

    def read(self, page: Page, known: frozenset[str]) -> Facts:
        found = page.tree.xpath('//*[@class="signed"]')
        return Facts(authors=tuple(element.text_content().strip() for element in found))
