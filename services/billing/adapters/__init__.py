"""The outside systems billing speaks to, our words on their faces."""
