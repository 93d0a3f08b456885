"""How an outlet is reached that asks for more: its own headers, cookies, certificates, a name and password, a login."""
