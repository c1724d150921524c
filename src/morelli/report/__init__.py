"""Reports: evaluations as Markdown, JSON, CSV and one self-contained page."""
