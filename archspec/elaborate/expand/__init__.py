"""From items to layers: copies, absent layers, scopes, edits at their sites, shapes."""
