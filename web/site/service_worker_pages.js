/** The SHA-256 of each file of the documentation and the course; the build writes it. */
self.PAGES = {};
