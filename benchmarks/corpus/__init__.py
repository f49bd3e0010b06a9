"""The corpus check: every workflow below a folder of checkouts, judged by revisions of packager and by the languages' own parsers."""
