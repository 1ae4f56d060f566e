"""The archive: WARC segments written and read, verified, listed as CDXJ and rewritten for replay. No Django here.

`warc` speaks the format, `members` frames it in gzip, `segments` writes the files below `archive/`, `reading` reads
them, `verify` checks them, `replay` and `css` rewrite stored pages for "the original look", `cdxj` lists a segment.
"""
