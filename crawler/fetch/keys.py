"""Our own keys among Scrapy's settings and in a request's meta."""

OPTIONS, PROXIES, OUTLET = "TOCSIN_OPTIONS", "TOCSIN_PROXIES", "TOCSIN_OUTLET"
"""Settings: the `FetcherOptions`, the `Proxies`, and the `OutletOptions` whose requests these are (or None)."""
PLAN = "tocsin_plan"
"""Meta: the request's `Plan`."""
OWN_PROXY = "tocsin_proxy"
"""Meta: the proxy that we chose, to tell it from one that a middleware chose."""
