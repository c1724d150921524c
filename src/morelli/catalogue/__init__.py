"""The catalogue: one row a painting; read from folders, tables and the Kaggle layout; described and audited."""
