"""A folder as one archive: printed, as data, as FollowTheMoney, with its pages as they were sent and a manifest."""
