"""The forms a tag can have, each taken apart strictly and put together again with foreign entries byte for byte."""
