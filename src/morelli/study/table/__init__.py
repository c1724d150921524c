"""Systems side by side: the report's Table 1 on any catalogue, and the questions that it asks."""
