"""WebSub (W3C Recommendation): feeds that name a hub are pushed to us, as long as we have a public address.

A poll finds the hub (`following`), a stage asks it (`subscriber`), it verifies and pushes to the callback (`callback`), and
another stage reads what came (`pushes`). Pushes only bring news sooner: polling goes on beside them, less often as they come.
"""
