"""The competition *Painter by Numbers*: its test pictures and pairs, a submission, and how good that is."""
