"""The answer to the question: two pictures, a model, a verdict."""
