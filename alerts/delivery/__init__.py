"""Delivery: an alert becomes notifications, and each is sent on its channel until it arrives or must be given up."""
