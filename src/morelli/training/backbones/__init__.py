"""Pretrained backbones: one adapter each, behind one narrow face."""
