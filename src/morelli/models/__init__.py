"""The folders of the models that come with the package; how each was made stands in docs/house-model.md."""
