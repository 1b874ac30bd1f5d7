"""Architecture search without gradients: spaces of architectures, and methods that choose among them."""
