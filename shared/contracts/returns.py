"""Facts told by returns: none yet. It hears what was bought and what arrived, and answers what can come back."""
