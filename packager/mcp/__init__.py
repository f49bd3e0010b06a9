"""The agent's server: a few tools over the Model Context Protocol, each a use case of `app`.

`server` and `transports` are the only modules that import the SDK. A call is answered by `answering` in a process of its own, which the
server can end, and which can use only the places that the client may.
"""
