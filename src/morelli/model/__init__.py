"""Model folders and their use without torch: an encoder, embeddings, similarities, scores."""
