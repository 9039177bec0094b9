# The pages of /docs and /redoc, from npm, embedded at build time.
