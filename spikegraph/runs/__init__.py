"""Run folders: records, writer and reader. Nothing here needs torch."""
