"""What all doors share: the core at hand, pages, forms, cookies, texts, and the guard before them.

The only place below the doors that knows HTTP. What is asked for is decided in `accounts/`,
`pin/` and `oauth/`.
"""
