"""What pages by the browser cost: pages a minute and memory, with one page, two and four at the same time.

    python -m benchmarks.browser [--json] [--pages 60]

Each page is a shell whose script fetches a real news page, and puts it in its place (its own scripts left out, which would ask
hosts beyond loopback). The pages are of the folder that TOCSIN_DATA names. Time is the clock's, from the first page asked for to
the last that is there, the browser's start not counted;
memory is what all of its processes hold for themselves, at most. Beside it stands what the same pages take without a browser.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network

from aiohttp import web

from benchmarks.real_data import data_folder, news_pages
from benchmarks.report import options, report
from crawler.fetch import Fetcher, FetcherOptions, OutletOptions
from crawler.fetch.browser.memory import memory_of, process_with
from crawler.fetch.options import BrowserOptions
from crawler.values import FetchRequest

SHELL = """<html><head><title>Portal</title></head><body><div id=root></div><script>
fetch('/text/' + location.pathname.split('/')[2]).then(r => r.text()).then(text => {
  const page = new DOMParser().parseFromString(text, 'text/html');
  page.querySelectorAll('script, iframe, link').forEach(each => each.remove());
  document.getElementById('root').replaceChildren(...page.body.childNodes);
});</script></body></html>"""


@asynccontextmanager
async def served(pages: list[bytes]) -> AsyncIterator[str]:
    """Serve the pages, each behind a shell."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        kind, _, number = request.path.strip("/").partition("/")
        if kind == "text" and number.isdigit():
            return web.Response(body=pages[int(number) % len(pages)], content_type="text/html")
        return web.Response(text=SHELL, content_type="text/html")

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def measure(url: str, count: int, at_once: int, *, browser: bool) -> dict[str, float]:
    """Return how many pages a minute there are, and the most memory of the browser in megabytes."""
    asked = FetcherOptions(
        user_agent="Tocsin/benchmark",
        allow_networks=(ip_network("127.0.0.0/8"),),
        outlets={"Portal": OutletOptions(browser=browser)},
        browser=BrowserOptions(pages=at_once, most_memory_bytes=4_000_000_000, timeout=timedelta(minutes=5)),
    )
    room = asyncio.Semaphore(at_once)
    async with Fetcher(asked) as fetcher:

        async def ask(number: int) -> None:
            async with room:
                request = FetchRequest(f"{url}/page/{number}", outlet="Portal", is_page=True)
                response = await fetcher.fetch(request)
                if not response.is_success:
                    raise SystemExit(f"{response.url} answered {response.status}")

        await ask(0)
        taken = [0]
        watching = asyncio.ensure_future(watch_memory(taken))
        began = time.perf_counter()
        await asyncio.gather(*(ask(number) for number in range(count)))
        seconds = time.perf_counter() - began
        watching.cancel()
    return {"pages a minute": 60 * count / seconds, "MB at most": max(taken)}


async def watch_memory(taken: list[int]) -> None:
    """Note what the browser takes, in megabytes, until cancelled."""
    while True:
        process = await asyncio.to_thread(process_with, "--tocsin-browser=")
        if process is not None:
            taken.append(await asyncio.to_thread(memory_of, process) // 1_000_000)
        await asyncio.sleep(0.3)


async def run(count: int) -> dict[str, dict[str, float]]:
    """Return the figures, by the number of pages at the same time."""
    pages = [body for body, _url in news_pages(data_folder())]
    async with served(pages) as url:
        figures = {
            f"{at_once} at the same time": await measure(url, count, at_once, browser=True)
            for at_once in (1, 2, 4)
        }
        plain = await measure(url, 20 * count, 4, browser=False)
    return {**figures, "without a browser": {"pages a minute": plain["pages a minute"]}}


def main() -> None:
    """Measure and print."""
    parser = options(__doc__)
    parser.add_argument("--pages", type=int, default=60, help="of each measurement")
    given = parser.parse_args()
    report(asyncio.run(run(given.pages)), as_json=given.json)


if __name__ == "__main__":
    main()
