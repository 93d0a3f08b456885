"""What becomes of each item before Tocsin has it."""

from scrapy.exceptions import DropItem


class WithoutDrafts:
    def process_item(self, item):
        if item["title"].startswith("DRAFT"):
            raise DropItem("a draft")
        return item
