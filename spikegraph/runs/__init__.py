"""Run folders: their records, the writer and the reader; nothing here needs torch."""
