"""`./prove chaos`: a shop is broken in every way we know while customers order, and must owe nobody anything when it is whole again."""
