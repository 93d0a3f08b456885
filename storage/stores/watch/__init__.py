"""Watch lists, actors and topics: queries."""
