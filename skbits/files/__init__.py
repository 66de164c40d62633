"""Files: fitted classifiers as files, for skbits and for other programs."""
