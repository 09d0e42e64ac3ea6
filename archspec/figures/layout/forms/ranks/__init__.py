"""Parts in ranks: an order and places for them, and the form that draws them."""
