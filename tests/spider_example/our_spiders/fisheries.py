"""The ministry's releases: a table of them, which goes on over several pages."""

import scrapy
from itemloaders.processors import MapCompose, TakeFirst
from scrapy.loader import ItemLoader


class Release(scrapy.Item):
    url = scrapy.Field()
    title = scrapy.Field()
    summary = scrapy.Field()
    date = scrapy.Field()


class ReleaseLoader(ItemLoader):
    default_item_class = Release
    default_input_processor = MapCompose(str.strip)
    default_output_processor = TakeFirst()


class FisheriesSpider(scrapy.Spider):
    name = "fisheries"
    custom_settings = {"ITEM_PIPELINES": {"our_spiders.pipelines.WithoutDrafts": 300}}

    def __init__(self, section="press", pages="2", **arguments):
        super().__init__(**arguments)
        self.section = section
        self.pages = int(pages)

    async def start(self):
        yield scrapy.Request(f"http://fisheries.example/{self.section}", cb_kwargs={"page": 1})

    def parse(self, response, page):
        for row in response.css("table.releases tr"):
            loader = ReleaseLoader(selector=row)
            loader.add_css("url", "a::attr(href)")
            loader.add_css("title", "a::text")
            loader.add_css("summary", "td.about::text")
            loader.add_css("date", "td.date::text")
            yield loader.load_item()
        older = response.css("a.older::attr(href)").get()
        if older and page < self.pages:
            yield response.follow(older, cb_kwargs={"page": page + 1})
