"""What the web servers of deltarule share: the guard of requests, limits of connections, a graceful end.

Their faces are the playground's page (`deltarule play`) and predictions (`deltarule serve`).
"""
